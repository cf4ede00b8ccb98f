/**
 * What tells a near cache that something was changed by another process.
 *
 * In: somebody who keeps copies. Out: the keys whose copies are old, and whether that can be relied on. Must not know what
 * is kept under the keys. Any object of this shape will do; a bus may lose or repeat messages, but must not invent silence:
 * when it cannot hear, it says so.
 *
 * @module
 */

/** Carries keys between processes. */
export interface Bus {
  /**
   * Begins to listen. `onInvalidate` hears each changed key; `null` stands for all of them, and also says that the bus
   * hears again after it was lost. `onLost` says that messages may be missing from now on, until the next `null`: a bus
   * that has to connect first calls it at once. What it returns ends the listening.
   */
  subscribe(onInvalidate: (key: string | null) => void, onLost: () => void): () => void
  /** Tells the others. Left out where the backend tells them by itself. */
  publish?(key: string): Promise<void>
}
