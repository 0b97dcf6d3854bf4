// SPDX-License-Identifier: EUPL-1.2
// A login provider for tests: whoever types a name is that person. Prints one line with its issuer when it listens.
// Arguments: the address to return to, how ID tokens are signed (RS256 or ES256), and its private keys as a JWK set.
import { createServer } from "node:http";
import process from "node:process";
import { Provider } from "oidc-provider";

const [callback, algorithm, keys] = process.argv.slice(2);

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
    jwks: JSON.parse(keys),
    claims: { openid: ["sub", "reference"] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    cookies: { keys: ["only for tests"] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: `subject of ${id}`, reference: id }) }),
  });
  server.on("request", provider.callback());
  console.log(issuer);
});
