/**
 * The transport that the settings ask for, put together.
 *
 * In: settings, a cookie name. Out: one transport: stored, sealed, or sealed until it overflows. The only place that
 * knows which. Must not know: requests.
 *
 * @module
 */

import type { Keyring } from '../crypto/keyring.ts'
import { createSealer } from '../crypto/seal.ts'
import { createSignedFields } from '../crypto/signed-fields.ts'
import { createTokens, TOKEN_CHARS } from '../crypto/token.ts'
import type { Store } from '../store/store.ts'
import { hasOwners, limitedStore } from '../transport/limited-store.ts'
import { remembering, rememberingRows } from '../transport/opened-memo.ts'
import { overflowingTransport } from '../transport/overflowing.ts'
import { createRevocations, type Revocations } from '../transport/revocations.ts'
import { createRowCodec } from '../transport/row-codec.ts'
import { type SealedHeld, sealedTransport } from '../transport/sealed.ts'
import { HEAD_BYTES } from '../transport/sealed-layout.ts'
import { type StoredTransport, storedTransport } from '../transport/stored.ts'
import type { Transport } from '../transport/transport.ts'
import type { Settings } from './options.ts'
import { admitBySchema } from './schema.ts'

/** What makes the transport of a cookie name. All of them share one memory of what was ended. */
export function createWiring(settings: Settings, keyring: Keyring): (cookieName: string) => Transport {
  const { limits, commitTimeout, emit, storeTimeout } = settings
  const revocations = createSharedRevocations(settings)
  const admit = admitBySchema(settings.schema)

  function stored(store: Store, cookieName: string): StoredTransport {
    const codec = createRowCodec({ keyring, cookieName, ...settings.sealAtRest })
    return storedTransport({
      store: limitedStore(store, storeTimeout),
      tokens: remembering(createTokens(keyring, cookieName), settings.memo),
      codec: settings.schema === null ? rememberingRows(codec, settings.memo) : codec,
      limits,
      admit,
      commitTimeout,
      onEvent: emit,
    })
  }

  function sealed(cookieName: string): Transport<SealedHeld> {
    return sealedTransport({
      sealer: createSealer(keyring, 'seal', cookieName, { clock: settings.clock }),
      seen: createSignedFields(keyring, 'seen', cookieName, HEAD_BYTES),
      limits,
      admit,
      cookieName,
      revocations,
      memo: settings.memo,
      onEvent: emit,
    })
  }

  return (cookieName) => {
    if (settings.store !== null) return stored(settings.store, cookieName)
    if (settings.overflow === null || revocations === null) return sealed(cookieName)
    return overflowingTransport({
      sealed: sealed(cookieName),
      stored: stored(settings.overflow, cookieName),
      revocations,
      isToken: (value) => value.length === TOKEN_CHARS,
      limits,
    })
  }
}

function createSharedRevocations({ revocation, storeTimeout, ...settings }: Settings): Revocations | null {
  if (revocation === null) return null
  const store = limitedStore(revocation, storeTimeout)
  // resolveOptions refuses a revocation store without an owner index.
  if (!hasOwners(store)) return null
  return createRevocations({ store, maxStale: settings.revocationMaxStale, commitTimeout: settings.commitTimeout })
}
