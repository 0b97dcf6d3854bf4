// SPDX-License-Identifier: EUPL-1.2
// A credential issuer by @openid4vc/openid4vci, @openid4vc/oauth2 and @sd-jwt/sd-jwt-vc, as a service on loopback.
//
// In: {vct, claims, open?, pin, batch}; what is open is visible to everybody who sees the credential. Tells {offer, issuer (did), jwk}, then after each notification {issued, event}.

import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { Oauth2AuthorizationServer, Oauth2ResourceServer, clientAuthenticationAnonymous } from '@openid4vc/oauth2'
import { Openid4vciIssuer } from '@openid4vc/openid4vci'
import { callbacks, newKey, readLine, run, tell } from './callbacks.mjs'
import { instance } from './sd-jwt.mjs'

const CONFIGURATION = 'foreign-sd-jwt'
const PRE_AUTHORIZED = 'urn:ietf:params:oauth:grant-type:pre-authorized_code'

run(async () => {
  const job = await readLine()
  const key = await newKey()
  const context = callbacks([key], clientAuthenticationAnonymous())
  const issuer = new Openid4vciIssuer({ callbacks: context })
  const authorization = new Oauth2AuthorizationServer({ callbacks: context })
  const resource = new Oauth2ResourceServer({ callbacks: context })
  const server = createServer()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const base = `http://127.0.0.1:${server.address().port}`
  const did = `did:jwk:${Buffer.from(JSON.stringify(key.publicJwk)).toString('base64url')}`
  const signer = { method: 'did', didUrl: `${did}#0`, alg: 'ES256' }

  const authorizationServer = authorization.createAuthorizationServerMetadata({
    issuer: base,
    token_endpoint: `${base}/token`,
    grant_types_supported: [PRE_AUTHORIZED],
    dpop_signing_alg_values_supported: ['ES256'],
    'pre-authorized_grant_anonymous_access_supported': true,
  })
  const credentialIssuer = issuer.createCredentialIssuerMetadata({
    credential_issuer: base,
    credential_endpoint: `${base}/credential`,
    nonce_endpoint: `${base}/nonce`,
    notification_endpoint: `${base}/notification`,
    batch_credential_issuance: { batch_size: job.batch },
    display: [{ name: 'A foreign issuer', locale: 'en' }],
    credential_configurations_supported: {
      [CONFIGURATION]: {
        format: 'dc+sd-jwt',
        vct: job.vct,
        scope: CONFIGURATION,
        cryptographic_binding_methods_supported: ['jwk'],
        credential_signing_alg_values_supported: ['ES256'],
        proof_types_supported: { jwt: { proof_signing_alg_values_supported: ['ES256'] } },
        credential_metadata: { display: [{ name: 'A foreign credential', locale: 'en' }] },
      },
    },
  })
  const issuerMetadata = { credentialIssuer, authorizationServers: [authorizationServer], originalDraftVersion: 'V1' }
  const code = randomBytes(24).toString('base64url')
  const offer = await issuer.createCredentialOffer({
    issuerMetadata,
    credentialConfigurationIds: [CONFIGURATION],
    credentialOfferUri: `${base}/offer`,
    grants: {
      [PRE_AUTHORIZED]: { 'pre-authorized_code': code, tx_code: { input_mode: 'numeric', length: job.pin.length } },
    },
  })
  let nonce
  let codeIsUsed = false

  const routes = {
    'GET /.well-known/openid-credential-issuer': () => credentialIssuer,
    'GET /.well-known/oauth-authorization-server': () => authorizationServer,
    'GET /offer': () => offer.credentialOfferObject,
    'POST /nonce': () => ({ c_nonce: (nonce = randomBytes(32).toString('base64url')) }),
    async 'POST /token'(request, body) {
      const parsed = authorization.parseAccessTokenRequest({
        request,
        accessTokenRequest: Object.fromEntries(new URLSearchParams(body)),
      })
      if (codeIsUsed) throw new Error('the code was used')
      const { dpop } = await authorization.verifyPreAuthorizedCodeAccessTokenRequest({
        authorizationServerMetadata: authorizationServer,
        grant: parsed.grant,
        accessTokenRequest: parsed.accessTokenRequest,
        request,
        expectedPreAuthorizedCode: code,
        expectedTxCode: job.pin,
        dpop: { required: true, jwt: parsed.dpop?.jwt, allowedSigningAlgs: ['ES256'] },
      })
      codeIsUsed = true
      return await authorization.createAccessTokenResponse({
        authorizationServer: base,
        audience: base,
        expiresInSeconds: 300,
        subject: 'somebody',
        signer: { method: 'jwk', alg: 'ES256', publicJwk: key.publicJwk },
        dpop,
      })
    },
    async 'POST /credential'(request, body) {
      await resource.verifyResourceRequest({
        request,
        resourceServer: base,
        authorizationServers: [{ ...authorizationServer, jwks: { keys: [key.publicJwk] }, jwks_uri: `${base}/jwks` }],
      })
      const document = JSON.parse(body)
      const sdjwt = await instance({ issuerKey: key.privateKey, issuerJwk: key.publicJwk })
      const credentials = []
      for (const jwt of document.proofs.jwt) {
        const proof = await issuer.verifyCredentialRequestJwtProof({ issuerMetadata, jwt, expectedNonce: nonce })
        const now = Math.floor(Date.now() / 1000)
        const payload = { iss: did, iat: now, exp: now + 86400, vct: job.vct, cnf: { jwk: proof.header.jwk }, ...job.open, ...job.claims }
        credentials.push({
          credential: await sdjwt.issue(payload, { _sd: Object.keys(job.claims) }, { header: { kid: `${did}#0` } }),
        })
      }
      return { credentials, notification_id: 'foreign' }
    },
    'GET /jwks': () => ({ keys: [key.publicJwk] }),
    'POST /notification'(request, body) {
      tell({ event: JSON.parse(body).event })
      return undefined
    },
  }
  server.on('request', async (incoming, response) => {
    const parts = []
    for await (const part of incoming) parts.push(part)
    const request = { method: incoming.method, url: `${base}${incoming.url}`, headers: new Headers(incoming.headers) }
    try {
      const answer = await routes[`${incoming.method} ${incoming.url}`](request, Buffer.concat(parts).toString())
      response.writeHead(answer === undefined ? 204 : 200, { 'content-type': 'application/json' })
      response.end(answer === undefined ? undefined : JSON.stringify(answer))
    } catch (error) {
      process.stderr.write(`${error?.stack ?? error}\n`)
      response.writeHead(400, { 'content-type': 'application/json' })
      response.end(JSON.stringify(error?.errorResponse ?? { error: 'invalid_request', error_description: String(error?.message) }))
    }
  })
  tell({ offer: offer.credentialOffer, issuer: did, jwk: key.publicJwk })
  await readLine() // the test says that it is done
  server.close()
})
