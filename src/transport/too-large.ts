/**
 * The error for a session that its cookie cannot hold.
 *
 * In: the cookie as it would be, and the record in it. Out: an error that names the largest keys, and none of their values. Must not
 * know: how it was sealed.
 *
 * @module
 */

import { cookieBytes, MAX_COOKIE_BYTES } from '../cookie/limit.ts'
import { SessionError } from '../errors.ts'
import type { SessionRecord } from '../record/record.ts'

export function tooLarge(name: string, value: string, record: SessionRecord): SessionError {
  const sizes = Object.entries(record.data)
    .map(([key, part]) => ({ key, bytes: Buffer.byteLength(JSON.stringify(part)) }))
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, 3)
  const bytes = cookieBytes(name, value)
  const largest = sizes.map(({ key, bytes: size }) => `${JSON.stringify(key)} (${size} bytes)`).join(', ')
  return new SessionError(
    'SESSION_TOO_LARGE',
    `Cannot keep the session in its cookie: name and value would have ${bytes} bytes and browsers drop a cookie over ${MAX_COOKIE_BYTES}. The largest keys are ${largest || 'none: flashes fill it'}. Keep less, or give createSessions a store`,
    { details: { bytes, limit: MAX_COOKIE_BYTES, largest: sizes } },
  )
}
