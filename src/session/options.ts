/**
 * The options of `createSessions`, judged once, at start-up.
 *
 * In: what a developer wrote. Out: settings that can be relied on, or an error that says what was found and what to do.
 * Must not know: requests.
 *
 * @module
 */

import type { StandardSchemaV1 } from '@standard-schema/spec'
import { type CookieProfile, createCookieProfile } from '../cookie/profile.ts'
import { ConfigError } from '../errors.ts'
import { createProxyReader, type Forwarded, type Peer } from '../https/proxies.ts'
import { type Duration, parseDuration } from '../lib/duration.ts'
import type { Limits } from '../record/lifetime.ts'
import { resolveSecrets } from '../secret.ts'
import type { DevelopmentOnly, OwnerIndex, Store } from '../store/store.ts'
import { hasOwnerIndex } from '../transport/limited-store.ts'
import { type CsrfOptions, type CsrfPolicy, resolveCsrf, resolveTrustedOrigins } from './csrf-options.ts'
import { createEmit, type Emit, type SessionEvent } from './events.ts'
import { isActivity, type RequestFacts } from './facts.ts'
import { functionOption, invalidOption, refuseUnknown } from './option-checks.ts'
import { type OriginOption, type Origins, resolveOrigins } from './origin.ts'
import { createSweep } from './sweep.ts'

/** How the session cookie looks. The prefix of its name follows from the rest. */
export interface CookieOptions {
  /** The name without prefix; `session` if left out. */
  readonly name?: string
  /** Shares the cookie with subdomains. Left out, it is for this host alone, which is safer. */
  readonly domain?: string
  /** `lax` if left out. */
  readonly sameSite?: 'lax' | 'strict' | 'none'
  /** A jar of its own for each top-level site (CHIPS), for apps embedded elsewhere. */
  readonly partitioned?: boolean
}

export interface SessionsOptions<Data = never> {
  /** Where the app lives: cookies and HTTPS follow from it. All loopback is development; any other must be https. */
  readonly origin: OriginOption
  /** 1 to 4 secrets of at least 32 bytes: the first seals, all open. Left out: SESSION_SECRET, SESSION_SECRET_FILE, or `.env` in development. */
  readonly secret?: string | readonly string[]
  /** Makes sessions server-side. Left out, they are client-side: everything rides in the sealed cookie. */
  readonly store?: Store
  /** Client-side: where ends are written down, which makes logout, `revokeAll` and login final. */
  readonly revocation?: Store & OwnerIndex
  /** The longest another process may still believe in a session that was ended; 5 s if left out. */
  readonly revocationMaxStale?: Duration
  /** Client-side: where a session moves when it outgrows its cookie. It is the revocation store, too. */
  readonly overflow?: Store & OwnerIndex
  /** Seals rows under a key that needs the cookie and the secret. `acceptPlain` reads those from before it was set. */
  readonly sealAtRest?: boolean | { readonly acceptPlain: true }
  /** What the data must be (Standard Schema), judged when a session is read; synchronous. Failing is no session. */
  readonly schema?: StandardSchemaV1<unknown, Data>
  /** Time without activity after which a session ends; 1 h if left out (NIST 800-63B-4, AAL2). */
  readonly idleTimeout?: Duration
  /** Time after which a session ends in any case; 24 h if left out (NIST 800-63B-4, AAL2). */
  readonly absoluteTimeout?: Duration
  readonly cookie?: CookieOptions
  /** How requests that another site sent are told from the app's own; `origin` if left out. It cannot be switched off. */
  readonly csrf?: 'origin' | 'token' | CsrfOptions
  /** Other origins whose pages may send requests that change something. */
  readonly trustedOrigins?: readonly string[]
  /** Whom to believe that a browser spoke https, and its address: how many proxies stand in front, or their addresses (CIDR). */
  readonly trustProxy?: number | readonly string[]
  /** Requests for which there is no session: nothing is read, and touching it throws SESSION_SKIPPED. */
  readonly skip?: (request: RequestFacts) => boolean
  /** Which requests keep a session alive; all but prefetch, WebSocket and event-stream traffic if left out. */
  readonly countsAsActivity?: (request: RequestFacts) => boolean
  /** The longest one call to the store may take before the answer is a 503; 2 s if left out. */
  readonly storeTimeout?: Duration
  /** The longest a commit goes on retrying before the answer is a 503; 5 s if left out. */
  readonly commitTimeout?: Duration
  /**
   * Cookies that were opened and rows that were decoded are kept in memory for their next request; 8 MB if left out. What is kept
   * was authenticated; the time, the end and the row in the store are judged at every request all the same.
   */
  readonly memo?: false | { readonly bytes: number }
  /** Told about everything worth a log line. Without it, what is lost or wrong goes to the console. */
  readonly onEvent?: (event: SessionEvent) => void
  /** The time in milliseconds since the epoch; `Date.now` if left out. */
  readonly clock?: () => number
  /** Plain http on a host that is not this machine: anyone on the way can take the session. Says so at start. */
  readonly unsafeAllowHttp?: true
}

/** NIST 800-63B-4, 2.1.3: at most 30 days. It asks for no idle limit at AAL1; ours is a week. */
export const aal1 = { idleTimeout: '7d', absoluteTimeout: '30d' } as const
/** NIST 800-63B-4, 2.2.3: at most 1 hour without activity and 24 hours in all. The default. */
export const aal2 = { idleTimeout: '1h', absoluteTimeout: '24h' } as const
/** NIST 800-63B-4, 2.3.3: at most 15 minutes without activity and 12 hours in all. */
export const aal3 = { idleTimeout: '15m', absoluteTimeout: '12h' } as const

/** What the rest of the library works with. */
export interface Settings {
  readonly origins: Origins
  readonly secrets: readonly string[]
  readonly store: Store | null
  readonly revocation: Store | null
  readonly revocationMaxStale: number
  readonly overflow: Store | null
  readonly sealAtRest: { readonly sealed: boolean; readonly acceptPlain: boolean }
  readonly schema: StandardSchemaV1 | null
  readonly limits: Limits
  /** For requests over https, and for those over http; `null` where the app does not live there. */
  readonly cookies: { readonly secure: CookieProfile | null; readonly plain: CookieProfile | null }
  readonly csrf: CsrfPolicy
  readonly trustedOrigins: ReadonlySet<string>
  /** `null`: nobody stands in front who is believed. */
  readonly proxies: ((peer: Peer) => Forwarded) | null
  readonly skip: (request: RequestFacts) => boolean
  readonly countsAsActivity: (request: RequestFacts) => boolean
  readonly storeTimeout: number
  readonly commitTimeout: number
  /** `undefined`: the transport's own size. */
  readonly memo: false | { readonly bytes: number } | undefined
  readonly emit: Emit
  readonly clock: () => number
  /** Lets the store remove what has ended, now and then. */
  readonly sweep: (now: number) => void
}

const KNOWN: readonly (keyof SessionsOptions)[] = [
  'origin',
  'secret',
  'store',
  'revocation',
  'revocationMaxStale',
  'overflow',
  'sealAtRest',
  'schema',
  'idleTimeout',
  'absoluteTimeout',
  'cookie',
  'csrf',
  'trustedOrigins',
  'trustProxy',
  'skip',
  'countsAsActivity',
  'storeTimeout',
  'commitTimeout',
  'memo',
  'onEvent',
  'clock',
  'unsafeAllowHttp',
]

const STORE_METHODS = ['find', 'create', 'replace', 'extend', 'bury'] as const

/** @throws ConfigError for whatever cannot work. */
export function resolveOptions<Data>(options: SessionsOptions<Data>): Settings {
  if (typeof options !== 'object' || options === null) {
    throw new ConfigError(
      'OPTION_INVALID',
      `Cannot create sessions: found ${options === null ? 'null' : `a ${typeof options}`} instead of options. Give at least { origin }`,
    )
  }
  refuseUnknown('option', options, KNOWN)
  const origins = resolveOrigins(options.origin, options.unsafeAllowHttp === true)
  if (options.unsafeAllowHttp === true && origins.plain && !origins.development) {
    console.warn(
      'sojourn: unsafeAllowHttp is set: sessions travel over plain http, and anyone on the way can take them',
    )
  }
  const clock = functionOption('clock', options.clock) ?? Date.now
  const emit = createEmit(functionOption('onEvent', options.onEvent), clock)
  const store = resolveStore('store', options.store, origins.development)
  return {
    origins,
    secrets: resolveSecrets(options.secret, { development: origins.development }),
    store,
    ...resolveRevocation(options, origins.development),
    sealAtRest: resolveSealAtRest(options),
    schema: resolveSchema(options.schema),
    limits: resolveLimits(options),
    cookies: resolveCookies(options.cookie ?? {}, origins),
    csrf: resolveCsrf(options.csrf),
    trustedOrigins: resolveTrustedOrigins(options.trustedOrigins),
    proxies: options.trustProxy === undefined ? null : createProxyReader(options.trustProxy),
    skip: functionOption('skip', options.skip) ?? (() => false),
    countsAsActivity: functionOption('countsAsActivity', options.countsAsActivity) ?? isActivity,
    storeTimeout: parseDuration(options.storeTimeout ?? '2s', 'storeTimeout'),
    commitTimeout: parseDuration(options.commitTimeout ?? '5s', 'commitTimeout'),
    memo: resolveMemo(options.memo),
    emit,
    clock,
    sweep: createSweep([store, options.revocation, options.overflow], emit),
  }
}

function resolveMemo(memo: SessionsOptions['memo']): Settings['memo'] {
  if (memo === undefined || memo === false) return memo
  if (Number.isSafeInteger(memo?.bytes) && memo.bytes > 0) return { bytes: memo.bytes }
  throw invalidOption('memo', 'it is neither false nor { bytes } with a whole number above 0. Give one of them')
}

function resolveLimits<Data>(options: SessionsOptions<Data>): Limits {
  const idle = parseDuration(options.idleTimeout ?? aal2.idleTimeout, 'idleTimeout')
  const absolute = parseDuration(options.absoluteTimeout ?? aal2.absoluteTimeout, 'absoluteTimeout')
  if (absolute < idle) {
    throw new ConfigError(
      'OPTION_INVALID',
      `Cannot use absoluteTimeout ${absolute} ms: it is below idleTimeout, ${idle} ms, which could then never be reached. Raise one or lower the other`,
      { details: { option: 'absoluteTimeout', absolute, idle } },
    )
  }
  return { idle, absolute }
}

function resolveStore(option: string, store: Store | undefined, development: boolean): Store | null {
  if (store === undefined) return null
  const missing = STORE_METHODS.filter((method) => typeof store?.[method] !== 'function')
  if (missing.length > 0) {
    throw new ConfigError(
      'OPTION_INVALID',
      `Cannot use the option "${option}": it has no method ${missing.join(', ')}. Give what a store factory returns, e.g. sqliteStore(database)`,
      { details: { option, missing } },
    )
  }
  if (!development && (store as Partial<DevelopmentOnly>).developmentOnly === true) {
    throw new ConfigError(
      'MEMORY_STORE_IN_PRODUCTION',
      'Cannot use the memory store outside development: a restart logs everybody out, and a second process does not see it. Use another store, or set unsafeAllowInProduction in its options',
    )
  }
  return store
}

function resolveRevocation<Data>(options: SessionsOptions<Data>, development: boolean) {
  const given = { revocation: options.revocation, overflow: options.overflow }
  for (const [option, store] of Object.entries(given)) {
    if (store === undefined) continue
    if (options.store !== undefined) {
      throw invalidOption(option, 'the option "store" keeps sessions on the server already. Leave one of the two out')
    }
    resolveStore(option, store, development)
    if (!hasOwnerIndex(store)) {
      throw invalidOption(
        option,
        'its store has no owner index, and an end for a whole user could not be written down. Use another store',
      )
    }
  }
  if (given.revocation !== undefined && given.overflow !== undefined && given.revocation !== given.overflow) {
    throw invalidOption(
      'revocation',
      'the option "overflow" names another store, and it keeps the ends too. Give the same, or overflow alone',
    )
  }
  const overflow = given.overflow ?? null
  const revocationMaxStale = parseDuration(options.revocationMaxStale ?? '5s', 'revocationMaxStale')
  return { revocation: given.revocation ?? overflow, overflow, revocationMaxStale }
}

function resolveSealAtRest<Data>({
  sealAtRest = false,
  store,
  overflow,
}: SessionsOptions<Data>): Settings['sealAtRest'] {
  const acceptPlain = typeof sealAtRest === 'object' && sealAtRest?.acceptPlain === true
  if (typeof sealAtRest !== 'boolean' && !acceptPlain) {
    throw invalidOption('sealAtRest', 'it is neither true nor { acceptPlain: true }. Give one of them')
  }
  if (sealAtRest !== false && store === undefined && overflow === undefined) {
    throw invalidOption(
      'sealAtRest',
      'there is no store, so nothing is at rest. Give createSessions a store, or leave it out',
    )
  }
  return { sealed: sealAtRest !== false, acceptPlain: sealAtRest === false || acceptPlain }
}

function resolveSchema(schema: StandardSchemaV1 | undefined): StandardSchemaV1 | null {
  if (schema === undefined) return null
  if (typeof schema?.['~standard']?.validate === 'function') return schema
  throw invalidOption(
    'schema',
    'it is no Standard Schema. Give one of Zod 3.24+, Valibot, ArkType or any other that has "~standard"',
  )
}

function resolveCookies(cookie: CookieOptions, origins: Origins): Settings['cookies'] {
  refuseUnknown('cookie option', cookie, ['name', 'domain', 'sameSite', 'partitioned'])
  return {
    secure: origins.secure ? createCookieProfile({ ...cookie, secure: true }) : null,
    plain: origins.plain ? createCookieProfile({ ...cookie, secure: false }) : null,
  }
}
