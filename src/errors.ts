/**
 * Every error of the library, in one table.
 *
 * In: a code, a message that says what was attempted, what was found and what to do. Out: an error whose `code` is
 * stable and whose `status` is what an adapter answers. Must not know: anything else of the library; and no message
 * may ever hold a secret, a cookie or session data.
 *
 * @module
 */

/**
 * Code -> the HTTP status an adapter answers with when the error ends a request.
 * `docs/errors.md` has one heading for each; a check in CI compares both ways.
 */
export const ERROR_STATUS = {
  // A developer's mistakes, found at start-up.
  OPTION_INVALID: 500,
  ORIGIN_INVALID: 500,
  COOKIE_INVALID: 500,
  SECRET_MISSING: 500,
  SECRET_TOO_SHORT: 500,
  SECRET_WEAK: 500,
  SECRET_TOO_MANY: 500,
  MEMORY_STORE_IN_PRODUCTION: 500,
  // A developer's mistakes, found while a request runs.
  SESSION_NOT_ATTACHED: 500,
  SESSION_ALREADY_ATTACHED: 500,
  SESSION_SKIPPED: 500,
  SESSION_COMMITTED: 500,
  SESSION_DESTROYED: 500,
  SESSION_TOO_LARGE: 500,
  HEADERS_SENT: 500,
  VALUE_NOT_STORABLE: 500,
  UPDATE_NOT_SYNCHRONOUS: 500,
  NOT_REVOCABLE: 500,
  EXCEPT_NOT_OWNED: 500,
  USER_NOT_LOADED: 500,
  LOGOUT_ON_SAFE_METHOD: 405,
  USER_ID_INVALID: 500,
  ARGON2_UNAVAILABLE: 500,
  // What a request met.
  SESSION_SUPERSEDED: 409,
  LOGIN_REQUIRED: 401,
  LOGIN_NOT_FRESH: 401,
  FORBIDDEN: 403,
  CSRF_REFUSED: 403,
  HTTPS_REQUIRED: 403,
  TOO_MANY_SESSIONS: 403,
  TOO_MANY_ATTEMPTS: 429,
  LIMITER_FAILED: 503,
  STORE_FAILED: 503,
  STORE_TIMEOUT: 503,
  STORE_FULL: 503,
  STORE_VALUE_TOO_LARGE: 500,
  COMMIT_TIMEOUT: 503,
  LOGOUT_INCOMPLETE: 503,
  PASSWORD_INVALID: 400,
  PASSWORD_QUEUE_FULL: 503,
} as const

/** Every code an error of this library can carry. */
export type ErrorCode = keyof typeof ERROR_STATUS

/**
 * The base of every error this library throws. Branch on `code`, never on the text.
 *
 * `details` holds facts for a log (sizes, option names, counts): never secrets, cookies or session data.
 */
export class SojournError extends Error {
  readonly code: ErrorCode
  /** The HTTP status an adapter answers with. Express and Koa read the same name. */
  readonly status: number
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; details?: Record<string, unknown> } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.name = new.target.name
    this.code = code
    this.status = ERROR_STATUS[code]
    this.details = options.details ?? {}
  }
}

/** A setting that cannot work. Thrown by `createSessions`, `createAuth` and the store factories, at start-up. */
export class ConfigError extends SojournError {}

/** The API was called in a way that cannot work: a change after the commit, a session that was never attached. */
export class UsageError extends SojournError {}

/** The store failed, hung or is full. The answer is a 503; nobody is logged out by it. */
export class StoreError extends SojournError {}

/** What this request recorded cannot be kept: its session ended meanwhile, or it does not fit. */
export class SessionError extends SojournError {}
