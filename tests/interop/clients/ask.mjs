// SPDX-License-Identifier: EUPL-1.2
// A verifier by @openid4vc/openid4vp, dcql and @sd-jwt/sd-jwt-vc, as a service on loopback: asks a wallet.
//
// In: {query, issuerJwk, signed, encrypted, post, transactionData?}. Tells {link}, then, when a wallet has answered,
// {payloads: {query id: claims}, keyBinding: {query id: ...}}.

import { createServer } from 'node:http'
import { randomBytes } from 'node:crypto'
import { DcqlPresentationResult, DcqlQuery } from 'dcql'
import { clientAuthenticationAnonymous } from '@openid4vc/oauth2'
import { Openid4vpVerifier } from '@openid4vc/openid4vp'
import { callbacks, newKey, readLine, run, tell } from './callbacks.mjs'
import { instance } from './sd-jwt.mjs'

async function bodyOf(request) {
  const parts = []
  for await (const part of request) parts.push(part)
  return Object.fromEntries(new URLSearchParams(Buffer.concat(parts).toString()))
}

run(async () => {
  const job = await readLine()
  const signing = await newKey()
  const encryption = await newKey()
  Object.assign(encryption.publicJwk, { kid: 'ephemeral', alg: 'ECDH-ES', use: 'enc' })
  const context = callbacks([signing, encryption], clientAuthenticationAnonymous())
  const verifier = new Openid4vpVerifier({ callbacks: context })
  const server = createServer()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const base = `http://127.0.0.1:${server.address().port}`

  const query = DcqlQuery.parse(job.query)
  DcqlQuery.validate(query)
  const did = `did:jwk:${Buffer.from(JSON.stringify(signing.publicJwk)).toString('base64url')}`
  const responseUri = `${base}/response`
  const nonce = randomBytes(24).toString('base64url')
  const payload = {
    response_type: 'vp_token',
    client_id: job.signed ? `decentralized_identifier:${did}` : `redirect_uri:${responseUri}`,
    response_mode: job.encrypted ? 'direct_post.jwt' : 'direct_post',
    response_uri: responseUri,
    nonce,
    state: 'interop-state',
    dcql_query: job.query,
    transaction_data: job.transactionData?.map((one) => Buffer.from(JSON.stringify(one)).toString('base64url')),
    client_metadata: {
      vp_formats_supported: { 'dc+sd-jwt': { 'sd-jwt_alg_values': ['ES256'], 'kb-jwt_alg_values': ['ES256'] } },
      ...(job.encrypted ? { jwks: { keys: [encryption.publicJwk] }, encrypted_response_enc_values_supported: ['A128GCM'] } : {}),
    },
  }
  const jwtSigner = { method: 'did', didUrl: `${did}#0`, alg: 'ES256' }
  const create = (wallet) =>
    verifier.createOpenId4vpAuthorizationRequest({
      authorizationRequestPayload: { ...payload, ...wallet },
      // The audience of a wallet that is not known beforehand (OpenID4VP 1.0, 5.8); the library's own is the request_uri.
      jar: job.signed
        ? {
            requestUri: `${base}/request`,
            jwtSigner,
            expiresInSeconds: 300,
            additionalJwtPayload: { aud: 'https://self-issued.me/v2' },
          }
        : undefined,
      wallet: wallet.wallet_nonce ? { expectedNonce: wallet.wallet_nonce } : undefined,
    })
  const created = await create({})

  const finished = new Promise((resolve, reject) => {
    server.on('request', async (request, response) => {
      try {
        if (request.url === '/request') {
          const body = request.method === 'POST' ? await bodyOf(request) : {}
          const made = await create(body.wallet_nonce ? { wallet_nonce: body.wallet_nonce } : {})
          response.writeHead(200, { 'content-type': 'application/oauth-authz-req+jwt' })
          response.end(made.jar.authorizationRequestJwt)
          return
        }
        const parsed = await verifier.parseOpenid4vpAuthorizationResponse({
          callbacks: context,
          authorizationRequestPayload: payload,
          authorizationResponse: await bodyOf(request),
        })
        const sdjwt = await instance({ issuerJwk: job.issuerJwk })
        const payloads = {}
        const keyBinding = {}
        const presentations = {}
        for (const [id, texts] of Object.entries(parsed.dcql.presentations)) {
          const verified = await sdjwt.verify(texts[0], { keyBindingNonce: nonce })
          if (verified.kb.payload.aud !== payload.client_id) throw new Error('another audience')
          payloads[id] = verified.payload
          keyBinding[id] = verified.kb.payload
          presentations[id] = [
            { credential_format: 'dc+sd-jwt', vct: verified.payload.vct, claims: verified.payload, cryptographic_holder_binding: true },
          ]
        }
        const result = DcqlPresentationResult.fromDcqlPresentation(presentations, { dcqlQuery: query })
        if (!result.can_be_satisfied) throw new Error('the presentation does not answer the query')
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end(JSON.stringify({ redirect_uri: `${base}/done` }))
        resolve({ payloads, keyBinding, state: parsed.authorizationResponsePayload.state })
      } catch (error) {
        response.writeHead(400, { 'content-type': 'application/json' })
        response.end(JSON.stringify({ error: 'invalid_request', error_description: String(error.message) }))
        reject(error)
      }
    })
  })
  tell({ link: job.signed && job.post ? `${created.authorizationRequest}&request_uri_method=post` : created.authorizationRequest })
  tell(await finished)
  server.close()
})
