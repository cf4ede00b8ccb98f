/**
 * Keeps what is larger than `max_allowed_packet` from being sent.
 *
 * In: how large a message is, and a way to ask the server for its limit. Out: the answer to the message, or the error with
 * the server's own number. The server hangs up while the rest of such a message is still on its way, and whether its
 * refusal or the lost connection is seen first is a matter of luck: so the question comes first, and after a connection
 * that was cut under a message once more. Must not know statements.
 *
 * @module
 */
import { isCutOff } from '../sql/finding.ts'
import { PACKET_TOO_LARGE } from './explain.ts'

/** Bytes that are sent unasked: sessions rarely have more, and servers rarely take less. */
const UNASKED = 64 * 1024

/** No server can be set to take less. */
const SMALLEST = 1024

/** More than a value costs in a message beyond its own bytes. */
const EACH = 32

/** Bytes of a message with these values, by a small estimate from above. */
export function sizeOf(values: readonly unknown[]): number {
  return values.reduce((sum: number, value) => sum + EACH + (Buffer.isBuffer(value) ? value.length : 0), EACH)
}

/** One store's knowledge of the limit. `ask` is called when something large is first written, and after surprises. */
export function packetLimit(ask: () => Promise<number>) {
  let known: number | null = null

  async function isTooLarge(size: number): Promise<boolean> {
    known = await ask()
    return size >= known
  }

  return async function send<Answer>(size: number, message: () => Promise<Answer>): Promise<Answer> {
    // Asked again before a refusal: it may have been raised.
    if (size >= (known ?? UNASKED) && (await isTooLarge(size))) throw tooLarge()
    try {
      return await message()
    } catch (cause) {
      // It may have been lowered, or was below `UNASKED` from the start. Where nobody can be asked, the cut is all there is.
      const luckless = size >= SMALLEST && isCutOff(cause) && (await isTooLarge(size).catch(() => false))
      throw luckless ? tooLarge(cause) : cause
    }
  }
}

function tooLarge(cause?: unknown): Error {
  return Object.assign(new Error('Larger than max_allowed_packet', { cause }), { errno: PACKET_TOO_LARGE })
}
