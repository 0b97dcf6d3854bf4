// SPDX-License-Identifier: EUPL-1.2
// A wallet by @openid4vc/openid4vp, dcql and @sd-jwt/sd-jwt-vc: answers a verifier's request.
//
// In: {request, credentials: [{text, privateJwk}], over?: [claim, ...]}. Out: {status, answer, clientId, asked}.

import { DcqlQuery } from 'dcql'
import { clientAuthenticationAnonymous } from '@openid4vc/oauth2'
import { Openid4vpClient } from '@openid4vc/openid4vp'
import * as jose from 'jose'
import { callbacks, newKey, readLine, run, tell } from './callbacks.mjs'
import { instance } from './sd-jwt.mjs'

run(async () => {
  const job = await readLine()
  const client = new Openid4vpClient({ callbacks: callbacks([await newKey()], clientAuthenticationAnonymous()) })
  const parsed = client.parseOpenid4vpAuthorizationRequest({ authorizationRequest: job.request })
  const resolved = await client.resolveOpenId4vpAuthorizationRequest({ authorizationRequestPayload: parsed.params })
  const request = resolved.authorizationRequestPayload
  const query = DcqlQuery.parse(resolved.dcql.query)
  DcqlQuery.validate(query)

  const held = await Promise.all(
    job.credentials.map(async ({ text }) => {
      const claims = await (await instance({})).getClaims(text)
      return { credential_format: 'dc+sd-jwt', vct: claims.vct, claims, cryptographic_holder_binding: true }
    })
  )
  const found = DcqlQuery.query(query, held)
  if (!found.can_be_satisfied && !job.anyway) throw new Error('the wallet holds nothing that answers the query')

  const vpToken = {}
  for (const [id, match] of Object.entries(found.credential_matches)) {
    if (!match.success && !job.anyway) continue
    const asked = query.credentials.find((one) => one.id === id)
    const which = match.success ? match.valid_credentials[0].input_credential_index : 0
    const chosen = job.credentials[which]
    const frame = {}
    const paths = [...(asked.claims ?? []).map((claim) => claim.path), ...(job.over ?? []).map((name) => [name])]
    for (const path of paths) {
      let level = frame
      path.slice(0, -1).forEach((part) => (level = level[part] ??= {}))
      level[path.at(-1)] = true
    }
    const holderKey = await jose.importJWK(chosen.privateJwk, 'ES256')
    const payload = { iat: Math.floor(Date.now() / 1000), aud: request.client_id, nonce: request.nonce }
    if (resolved.transactionData?.length) {
      const { createHash } = await import('node:crypto')
      payload.transaction_data_hashes = resolved.transactionData
        .filter((entry) => entry.transactionData.credential_ids.includes(id))
        .map((entry) => createHash('sha256').update(entry.encoded).digest('base64url'))
      payload.transaction_data_hashes_alg = 'sha-256'
    }
    vpToken[id] = [await (await instance({ holderKey })).present(chosen.text, frame, { kb: { payload: { ...payload, ...(job.keyBinding ?? {}) } } })]
  }

  const encrypted = request.response_mode === 'direct_post.jwt'
  const response = await client.createOpenid4vpAuthorizationResponse({
    authorizationRequestPayload: request,
    authorizationResponsePayload: { vp_token: vpToken },
    jarm: encrypted
      ? {
          encryption: { nonce: request.nonce },
          serverMetadata: {
            authorization_signing_alg_values_supported: [],
            authorization_encryption_alg_values_supported: ['ECDH-ES'],
            authorization_encryption_enc_values_supported: ['A128GCM', 'A256GCM'],
          },
        }
      : undefined,
  })
  const { response: answer } = await client.submitOpenid4vpAuthorizationResponse({
    authorizationRequestPayload: request,
    authorizationResponsePayload: response.authorizationResponsePayload,
    jarm: response.jarm,
  })
  tell({ status: answer.status, answer: await answer.json(), clientId: request.client_id, prefix: resolved.client.prefix })
})
