// SPDX-License-Identifier: EUPL-1.2
// A wallet by @openid4vc/openid4vci: accepts an offer and tells what it got.
//
// First line in: {offer, pin?, grant: "pre-authorized" | "authorization", batch, redirectUri?, configurations?, extra?}
// With grant "authorization" it tells {authorizationUrl} and reads {redirect} before it goes on.
// Last line out: {credentials: {configuration: [text, ...]}, keys: [privateJwk, ...], issuerMetadata, deferred?}

import { Oauth2Client, clientAuthenticationAnonymous, clientAuthenticationNone } from '@openid4vc/oauth2'
import { Openid4vciClient } from '@openid4vc/openid4vci'
import { callbacks, newKey, readLine, run, tell } from './callbacks.mjs'

const CLIENT_ID = 'interop-wallet'

run(async () => {
  const job = await readLine()
  const dpopKey = await newKey()
  const keys = [dpopKey]
  const authentication =
    job.grant === 'authorization' ? clientAuthenticationNone({ clientId: CLIENT_ID }) : clientAuthenticationAnonymous()
  const context = callbacks(keys, authentication)
  const client = new Openid4vciClient({ callbacks: context })
  const credentialOffer = await client.resolveCredentialOffer(job.offer)
  const issuerMetadata = await client.resolveIssuerMetadata(credentialOffer.credential_issuer)
  const dpop = { signer: { method: 'jwk', alg: 'ES256', publicJwk: dpopKey.publicJwk } }
  const configurations = job.configurations ?? credentialOffer.credential_configuration_ids

  let token
  if (job.grant === 'authorization') {
    const started = await client.initiateAuthorization({
      clientId: CLIENT_ID,
      issuerMetadata,
      credentialOffer,
      redirectUri: job.redirectUri,
      scope: configurations
        .map((name) => issuerMetadata.credentialIssuer.credential_configurations_supported[name].scope)
        .join(' '),
      dpop,
      state: 'interop-state',
    })
    tell({ authorizationUrl: started.authorizationRequestUrl })
    const { redirect } = await readLine()
    const server = issuerMetadata.authorizationServers.find((one) => one.issuer === started.authorizationServer)
    const answer = client.parseAndVerifyAuthorizationResponseRedirectUrl({ url: redirect, authorizationServerMetadata: server })
    if (answer.error) throw new Error(`the authorization failed: ${answer.error}`)
    token = await client.retrieveAuthorizationCodeAccessTokenFromOffer({
      credentialOffer,
      issuerMetadata,
      authorizationCode: answer.code,
      pkceCodeVerifier: started.pkce?.codeVerifier,
      redirectUri: job.redirectUri,
      dpop,
    })
  } else {
    token = await client.retrievePreAuthorizedCodeAccessTokenFromOffer({
      credentialOffer,
      issuerMetadata,
      txCode: job.pin,
      dpop,
    })
  }
  let bound = token.dpop
  const accessToken = token.accessTokenResponse.access_token

  const credentials = {}
  const notifications = []
  for (const configuration of configurations) {
    const { c_nonce: nonce } = await client.requestNonce({ issuerMetadata })
    const copies = await Promise.all(Array.from({ length: job.batch }, newKey))
    keys.push(...copies)
    const proofs = []
    for (const copy of copies) {
      const { jwt } = await client.createCredentialRequestJwtProof({
        issuerMetadata,
        credentialConfigurationId: configuration,
        nonce,
        signer: { method: 'jwk', alg: 'ES256', publicJwk: copy.publicJwk },
        clientId: job.grant === 'authorization' ? CLIENT_ID : undefined,
      })
      proofs.push(jwt)
    }
    const answer = await client.retrieveCredentials({
      issuerMetadata,
      credentialConfigurationId: configuration,
      accessToken,
      proofs: { jwt: proofs },
      dpop: bound,
      additionalRequestPayload: job.extra,
    })
    bound = answer.dpop ?? bound
    const body = answer.credentialResponse
    credentials[configuration] = body.credentials.map((item) => item.credential ?? item)
    if (body.notification_id) {
      await client.sendNotification({
        issuerMetadata,
        accessToken,
        dpop: bound,
        notification: { notificationId: body.notification_id, event: 'credential_accepted' },
      })
      notifications.push(body.notification_id)
    }
  }

  let renewed = false
  if (token.accessTokenResponse.refresh_token) {
    const oauth2 = new Oauth2Client({ callbacks: context })
    const server = issuerMetadata.authorizationServers.find((one) => one.issuer === token.authorizationServer)
    const again = await oauth2.retrieveRefreshTokenAccessToken({
      authorizationServerMetadata: server,
      refreshToken: token.accessTokenResponse.refresh_token,
      dpop,
    })
    renewed = again.accessTokenResponse.access_token !== accessToken
  }

  tell({
    credentials,
    keys: keys.slice(1).map((key) => key.privateJwk),
    tokenType: token.accessTokenResponse.token_type,
    notifications: notifications.length,
    renewed,
  })
})
