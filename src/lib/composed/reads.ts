/**
 * Reads that are under way, and whether what they bring may still be kept.
 *
 * In: the beginning of a read, and keys that were changed meanwhile. Out: yes or no. Must not know what is read.
 *
 * @module
 */

export interface Reads {
  /** What it returns is asked once, when the read has its answer: may it be kept? */
  begin(key: string): () => boolean
  /** What reads of this key bring may not be kept. */
  void(key: string): void
  voidAll(): void
}

interface Readers {
  count: number
}

export function createReads(): Reads {
  // All reads of a key that began since it was last changed share one object; a change takes it out of the map.
  const valid = new Map<string, Readers>()
  return {
    begin(key) {
      const readers = valid.get(key) ?? { count: 0 }
      readers.count++
      valid.set(key, readers)
      return () => {
        readers.count--
        if (valid.get(key) !== readers) return false
        if (readers.count === 0) valid.delete(key)
        return true
      }
    },
    void: (key) => void valid.delete(key),
    voidAll: () => valid.clear(),
  }
}
