/**
 * Reads the highest version of a history and closes its file afterwards.
 *
 * In: a folder, and work to do with what is found there. Out: what the work comes to. Must not know what it is.
 *
 * @module
 */
import { decodeVersion, type Version } from './format.ts'
import type { Histories, Look } from './history.ts'

/** The head, and what it says; `null` where there is none. The head is open as long as `work` is at it. */
export async function withHead<Result>(
  look: Histories['look'],
  folder: string,
  work: (head: Look, version: Version | null) => Promise<Result>,
): Promise<Result> {
  const head = await look(folder)
  if (typeof head === 'string') return work(head, null)
  try {
    return await work(head, decodeVersion(head.bytes))
  } finally {
    await head.close()
  }
}
