// SPDX-License-Identifier: EUPL-1.2
// A login provider for tests: whoever types a name is that person. Prints one line with its issuer when it listens.
// Arguments: the address to return to, and how ID tokens are signed (RS256 or ES256).
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import process from "node:process";
import { Provider } from "oidc-provider";

const [callback, algorithm] = process.argv.slice(2);

function key(type, options, more) {
  return { ...generateKeyPairSync(type, options).privateKey.export({ format: "jwk" }), use: "sig", ...more };
}

const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: "desk",
        client_secret: "a secret: of + the desk",
        redirect_uris: [callback],
        id_token_signed_response_alg: algorithm,
      },
    ],
    jwks: {
      keys: [
        key("rsa", { modulusLength: 2048 }, { kid: "rsa", alg: "RS256" }),
        key("ec", { namedCurve: "P-256" }, { kid: "ec", alg: "ES256" }),
      ],
    },
    claims: { openid: ["sub", "reference"] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    cookies: { keys: ["only for tests"] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: `subject of ${id}`, reference: id }) }),
  });
  server.on("request", provider.callback());
  console.log(issuer);
});
