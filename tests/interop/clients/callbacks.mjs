// SPDX-License-Identifier: EUPL-1.2
// What the @openid4vc libraries ask of the program around them: hashes, signatures and encryption, by jose and node.

import { createHash, randomBytes, X509Certificate } from 'node:crypto'
import { HashAlgorithm, setGlobalConfig } from '@openid4vc/oauth2'
import * as jose from 'jose'

// Services on loopback have no certificate.
setGlobalConfig({ allowInsecureUrls: true })

const HASHES = {
  [HashAlgorithm.Sha256]: 'sha256',
  [HashAlgorithm.Sha384]: 'sha384',
  [HashAlgorithm.Sha512]: 'sha512',
}

/** A new P-256 key: what signs, and its public JWK. */
export async function newKey() {
  const { publicKey, privateKey } = await jose.generateKeyPair('ES256', { extractable: true })
  return { privateKey, publicJwk: await jose.exportJWK(publicKey), privateJwk: await jose.exportJWK(privateKey) }
}

/** The key of a did:jwk, whose document is the identifier itself. */
export function jwkOfDid(didUrl) {
  const did = didUrl.split('#')[0]
  if (!did.startsWith('did:jwk:')) throw new Error('this client resolves did:jwk only')
  return JSON.parse(Buffer.from(did.slice('did:jwk:'.length), 'base64url').toString())
}

async function jwkOf(signer) {
  if (signer.method === 'jwk') return signer.publicJwk
  if (signer.method === 'did') return jwkOfDid(signer.didUrl)
  if (signer.method === 'x5c') {
    return await jose.exportJWK(new X509Certificate(Buffer.from(signer.x5c[0], 'base64')).publicKey)
  }
  throw new Error(`no key for a signer by ${signer.method}`)
}

const thumbprint = async (jwk) => await jose.calculateJwkThumbprint(jwk)

/** Callbacks for a party that has these keys, each with privateKey and publicJwk. */
export function callbacks(keys, clientAuthentication) {
  return {
    clientAuthentication,
    fetch: globalThis.fetch,
    hash: (data, algorithm) => new Uint8Array(createHash(HASHES[algorithm]).update(data).digest()),
    generateRandom: (length) => new Uint8Array(randomBytes(length)),
    async signJwt(signer, { header, payload }) {
      const wanted = await thumbprint(await jwkOf(signer))
      for (const key of keys) {
        if ((await thumbprint(key.publicJwk)) === wanted) {
          const jwt = await new jose.SignJWT(payload).setProtectedHeader(header).sign(key.privateKey)
          return { jwt, signerJwk: key.publicJwk }
        }
      }
      throw new Error('asked to sign with a key that this party does not have')
    },
    async verifyJwt(signer, { compact, payload, header }) {
      const signerJwk = await jwkOf(signer)
      try {
        const key = await jose.importJWK(signerJwk, header.alg)
        await jose.compactVerify(compact, key)
        return { verified: true, signerJwk }
      } catch {
        return { verified: false }
      }
    },
    async encryptJwe(encryptor, data) {
      const key = await jose.importJWK(encryptor.publicJwk, 'ECDH-ES')
      const jwe = new jose.CompactEncrypt(new TextEncoder().encode(data)).setProtectedHeader({
        alg: 'ECDH-ES',
        enc: encryptor.enc,
        kid: encryptor.publicJwk.kid,
      })
      if (encryptor.apu) jwe.setKeyManagementParameters({ apu: jose.base64url.decode(encryptor.apu) })
      return { jwe: await jwe.encrypt(key), encryptionJwk: encryptor.publicJwk }
    },
    async decryptJwe(jwe, options) {
      const header = jose.decodeProtectedHeader(jwe)
      for (const key of keys) {
        if (header.kid !== undefined && key.publicJwk.kid !== undefined && header.kid !== key.publicJwk.kid) continue
        try {
          const secret = await jose.importJWK(key.privateJwk, 'ECDH-ES')
          const { plaintext } = await jose.compactDecrypt(jwe, secret)
          return { decrypted: true, decryptionJwk: key.publicJwk, payload: new TextDecoder().decode(plaintext) }
        } catch {
          continue
        }
      }
      return { decrypted: false, decryptionJwk: options?.jwk }
    },
    getX509CertificateMetadata(certificate) {
      const names = (new X509Certificate(Buffer.from(certificate, 'base64')).subjectAltName ?? '').split(', ')
      return {
        sanDnsNames: names.filter((name) => name.startsWith('DNS:')).map((name) => name.slice(4)),
        sanUriNames: names.filter((name) => name.startsWith('URI:')).map((name) => name.slice(4)),
      }
    },
  }
}

/** One line of JSON from standard input; each call reads the next. */
export const readLine = (() => {
  let iterator
  return async () => {
    if (!iterator) {
      const { createInterface } = await import('node:readline')
      iterator = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
    }
    const { value, done } = await iterator.next()
    if (done) throw new Error('standard input ended')
    return JSON.parse(value)
  }
})()

/** One line of JSON to standard output. */
export function tell(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}

/** Run a program; an error becomes a line of JSON and exit code 1, so that the test can show it. */
export function run(main) {
  main().then(
    () => process.exit(0),
    (error) => {
      const answer = error?.response?.credentialErrorResponseResult?.data ?? error?.errorResponse ?? error?.response?.body
      tell({ error: String(error?.message ?? error), stack: String(error?.stack), answer })
      process.exit(1)
    }
  )
}
