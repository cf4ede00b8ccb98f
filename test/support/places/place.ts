/**
 * A place where the sessions of one world are kept.
 *
 * In: the world's clock. Out: connections to one and the same store, as the processes of one app each have one; and
 * everything that is kept there. Must not know: sessions.
 *
 * @module
 */
import type { Enumerable, OwnerIndex, Store } from '../../../src/store/store.ts'

export interface Place {
  /** `null`: client-side, there is no store. */
  connect(): Promise<(Store & OwnerIndex) | null>
  /** Everything that is kept, as the server or the disk has it, as text. */
  bytesKept(): Promise<string>
  /** What a server's own expiry has removed by `now`, which is a time of the story's. Left out where there is a sweep. */
  expire?(now: number): Promise<void>
  close(): Promise<void>
}

export type OpenPlace = (clock: () => number) => Place

/**
 * The processes of every world have the same connections, in the order in which they ask: stories are told one after
 * another, and connecting would be most of their time.
 */
export function lasting<Connection>(connect: () => Promise<Connection>): (process: number) => Promise<Connection> {
  const connections: Promise<Connection>[] = []
  return (process) => {
    const connection = connections[process] ?? connect()
    connections[process] = connection
    return connection
  }
}

/** Removes what a server would have removed by itself, had the time of the story been its own. */
export async function removeEnded(store: Enumerable, now: number, remove: (key: string) => Promise<unknown>) {
  for await (const { key, entry } of store.entries()) if (entry.expiresAt < now - 60_000) await remove(key)
}

/** A name no other world has. */
export function worldName(): string {
  worlds += 1
  return `world_${worlds}`
}

let worlds = 0
