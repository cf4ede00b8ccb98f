/**
 * What the store asks of a Redis client, whichever it is.
 *
 * In: commands as texts. Out: raw replies. Must not know what is stored, nor what a reply means.
 *
 * @module
 */

/** The same few things of every client. Command names are in lower case: older clients look keys up by them. */
export interface RedisLink {
  /** What the client puts in front of every key by itself. */
  readonly addedPrefix: string
  /** What the client was told to put in front of every key, and does not put in front of these. */
  readonly missingPrefix: string
  /** One command to the master that holds `key`. */
  send(key: string, command: readonly string[]): Promise<unknown>
  /**
   * Two commands to the master that holds `key`, over one connection, nothing between them; the replies. Rejects where one
   * of them fails, the first one's error before the second's.
   */
  sendBoth(key: string, first: readonly string[], second: readonly string[]): Promise<readonly [unknown, unknown]>
  /** Each master, as something that sends it a command without a key. */
  masters(): Promise<readonly SendToNode[]>
}

/** Sends one command to one node. */
export type SendToNode = (command: readonly string[]) => Promise<unknown>

/** A reply as text. Clients can be set to answer with Buffers, and with texts for numbers. */
export function replyText(reply: unknown): string {
  return Buffer.isBuffer(reply) ? reply.toString('utf8') : String(reply)
}

/** A reply as text, `null` where there is nothing. */
export function replyTextOrNull(reply: unknown): string | null {
  return reply === null || reply === undefined ? null : replyText(reply)
}

/** A reply as a list. */
export function replyList(reply: unknown): readonly unknown[] {
  return Array.isArray(reply) ? reply : []
}
