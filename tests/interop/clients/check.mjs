// SPDX-License-Identifier: EUPL-1.2
// A verifier of SD-JWT VCs by @sd-jwt/sd-jwt-vc: checks what our issuer made, status included.
//
// In: {credential, issuerJwk, statusJwk, requiredClaims?, nonce?, audience?}. Out: {payload, header, keyBinding}.

import { readLine, run, tell } from './callbacks.mjs'
import { instance } from './sd-jwt.mjs'

run(async () => {
  const job = await readLine()
  const sdjwt = await instance({ issuerJwk: job.issuerJwk, statusJwk: job.statusJwk ?? job.issuerJwk })
  const verified = await sdjwt.verify(job.credential, {
    requiredClaimKeys: job.requiredClaims,
    keyBindingNonce: job.nonce,
  })
  if (job.audience !== undefined && verified.kb?.payload.aud !== job.audience) throw new Error('another audience')
  tell({ payload: verified.payload, header: verified.header, keyBinding: verified.kb?.payload ?? null })
})
