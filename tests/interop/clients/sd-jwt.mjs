// SPDX-License-Identifier: EUPL-1.2
// SD-JWT VC by @sd-jwt/sd-jwt-vc, with signatures by jose: issuing, verifying and presenting.

import { createHash, randomBytes } from 'node:crypto'
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc'
import * as jose from 'jose'

const hasher = (data, algorithm) => new Uint8Array(createHash(algorithm.replace('-', '')).update(data).digest())

async function signer(privateKey) {
  return async (data) => {
    const [header, payload] = data.split('.')
    const signed = await new jose.CompactSign(jose.base64url.decode(payload))
      .setProtectedHeader(JSON.parse(new TextDecoder().decode(jose.base64url.decode(header))))
      .sign(privateKey)
    const parts = signed.split('.')
    if (`${parts[0]}.${parts[1]}` !== data) throw new Error('the header was written in another order')
    return parts[2]
  }
}

/** A verifier of signatures by the issuer's JWK and, with key binding, by the key in cnf. */
export async function instance({ issuerJwk, issuerKey, holderKey, statusJwk }) {
  const check = (jwk) => async (data, signature) => {
    try {
      await jose.compactVerify(`${data}.${signature}`, await jose.importJWK(jwk, 'ES256'))
      return true
    } catch {
      return false
    }
  }
  return new SDJwtVcInstance({
    hasher,
    hashAlg: 'sha-256',
    saltGenerator: () => randomBytes(16).toString('base64url'),
    signAlg: 'ES256',
    signer: issuerKey ? await signer(issuerKey) : undefined,
    verifier: issuerJwk ? check(issuerJwk) : undefined,
    kbSignAlg: 'ES256',
    kbSigner: holderKey ? await signer(holderKey) : undefined,
    kbVerifier: async (data, signature, payload) => {
      if (!payload.cnf?.jwk) return false
      return await check(payload.cnf.jwk)(data, signature)
    },
    statusVerifier: statusJwk ? check(statusJwk) : undefined,
  })
}
