/**
 * Stores with one mistake each, as people have really made them: the contract must reject every one.
 *
 * In: nothing. Out: a new store, and the mistake it has. All else about it is right, so that what rejects it is the case
 * about its mistake.
 *
 * @module
 */
import { memoryStore } from '../../src/store/memory.ts'
import type { Entry, Store } from '../../src/store/store.ts'

export interface BrokenStore {
  readonly mistake: string
  /** A case of the contract that must reject it. */
  readonly rejectedBy: string
  open(): Store
}

export const brokenStores: readonly BrokenStore[] = [
  broken('replace is an upsert', 'replace of what is not live is gone, and changes nothing', (inner) => ({
    async replace(key, entry) {
      await inner.upsert(key, entry)
      return 'done'
    },
  })),
  broken(
    'replace does not look at the version',
    'replace of another version is stale, newer or older, and changes nothing',
    (inner) => ({
      async replace(key, entry, version, now) {
        const held = await inner.find(key)
        return inner.replace(key, entry, held?.version ?? version, now)
      },
    }),
  ),
  broken('replace looks first and writes later', 'counting by replace loses nothing', (inner) => ({
    async replace(key, entry, version, now) {
      const held = await inner.find(key)
      if (held === null || held.grave || held.expiresAt <= now) return 'gone'
      if (held.version !== version) return 'stale'
      await inner.upsert(key, entry)
      return 'done'
    },
  })),
  broken(
    'replace counts versions by itself',
    'replace keeps the version the caller chose, whatever it is',
    (inner) => ({
      replace: (key, entry, version, now) => inner.replace(key, { ...entry, version: version + 1 }, version, now),
    }),
  ),
  broken(
    'replace does not ask whether the entry has ended',
    'replace of what is not live is gone, and changes nothing',
    (inner) => ({
      replace: (key, entry, version) => inner.replace(key, entry, version, 0),
    }),
  ),
  broken('replace forgets to change the owner', 'replace writes over the version it names, every field', (inner) => ({
    async replace(key, entry, version, now) {
      const held = await inner.find(key)
      return inner.replace(key, { ...entry, ownerId: held?.ownerId }, version, now)
    },
  })),
  broken('create overwrites', 'create refuses a key that a live entry has, and changes nothing', (inner) => ({
    async create(key, entry) {
      await inner.upsert(key, entry)
      return true
    },
  })),
  broken('create looks first and writes later', 'of many who create one key, one does', (inner) => ({
    async create(key, entry, now) {
      const held = await inner.find(key)
      if (held !== null && held.expiresAt > now) return false
      await inner.upsert(key, entry)
      return true
    },
  })),
  broken('create ignores graves', 'create refuses a key that a grave has, and changes nothing', (inner) => ({
    async create(key, entry, now) {
      const held = await inner.find(key)
      if (held?.grave) await inner.upsert(key, { ...held, expiresAt: now })
      return inner.create(key, entry, now)
    },
  })),
  broken('create refuses what has ended', 'create takes the key of a grave that has ended', (inner) => ({
    create: async (key, entry, now) => (await inner.find(key)) === null && inner.create(key, entry, now),
  })),
  broken('extend touches a grave', 'extend refuses what is not live, and changes nothing', (inner) => ({
    async extend(key, expiresAt, now) {
      const held = await inner.find(key)
      if (!held?.grave) return inner.extend(key, expiresAt, now)
      await inner.upsert(key, { ...held, expiresAt })
      return true
    },
  })),
  broken('extend revives what has ended', 'extend refuses what is not live, and changes nothing', (inner) => ({
    extend: (key, expiresAt) => inner.extend(key, expiresAt, 0),
  })),
  broken('extend can move the end earlier', 'extend never moves the end earlier', (inner) => ({
    async extend(key, expiresAt, now) {
      const held = await inner.find(key)
      if (held === null || !(await inner.extend(key, expiresAt, now))) return false
      await inner.upsert(key, { ...held, expiresAt })
      return true
    },
  })),
  broken('extend counts as a new version', 'extend moves the end and nothing else', (inner) => ({
    async extend(key, expiresAt, now) {
      const held = await inner.find(key)
      if (held === null || !(await inner.extend(key, expiresAt, now))) return false
      await inner.upsert(key, { ...held, expiresAt: Math.max(held.expiresAt, expiresAt), version: held.version + 1 })
      return true
    },
  })),
  broken('extend writes back what it read', 'extend never undoes what a replace wrote beside it', (inner) => ({
    async extend(key, expiresAt, now) {
      const held = await inner.find(key)
      if (held === null || !(await inner.extend(key, expiresAt, now))) return false
      await inner.upsert(key, { ...held, expiresAt: Math.max(held.expiresAt, expiresAt) })
      return true
    },
  })),
  broken(
    'bury removes instead',
    'bury puts a grave over a live entry, with its version and without its owner',
    (inner) => ({
      bury: async (key, _value, _until, now) => inner.upsert(key, { value: '', version: 1, expiresAt: now - 1 }),
    }),
  ),
  broken(
    'a replace can undo a bury',
    'after bury resolved, nothing that was under way brings the entry back',
    (inner) => ({
      async replace(key, entry, version, now) {
        const held = await inner.find(key)
        if (held?.grave && held.version === version) await inner.upsert(key, { ...held, grave: undefined })
        return inner.replace(key, entry, version, now)
      },
    }),
  ),
  broken('bury does nothing over nothing', 'bury puts a grave over nothing, with version 1', (inner) => ({
    bury: async (key, value, until, now) =>
      (await inner.find(key)) === null ? undefined : inner.bury(key, value, until, now),
  })),
  broken(
    'bury shortens a grave',
    'bury over a grave moves its end later, never earlier, and the first value stays',
    (inner) => ({
      async bury(key, value, until, now) {
        await inner.bury(key, value, until, now)
        const held = await inner.find(key)
        if (held) await inner.upsert(key, { ...held, expiresAt: until })
      },
    }),
  ),
  broken(
    'bury changes the value of a grave',
    'bury over a grave moves its end later, never earlier, and the first value stays',
    (inner) => ({
      async bury(key, value, until, now) {
        await inner.bury(key, value, until, now)
        const held = await inner.find(key)
        if (held) await inner.upsert(key, { ...held, value })
      },
    }),
  ),
  broken('find hides what has ended', 'find gives what has ended, for the caller to judge', (inner) => ({
    async find(key) {
      const held = await inner.find(key)
      return held !== null && held.expiresAt < Date.UTC(2026, 0, 1, 0, 1) ? null : held
    },
  })),
  broken('find hands out what it holds', 'find gives the caller a thing of its own', (inner) => {
    const shared = new Map<string, Entry | null>()
    return {
      async find(key) {
        if (!shared.has(key)) shared.set(key, await inner.find(key))
        return shared.get(key) ?? null
      },
    }
  }),
  broken('keys are cut at a NUL', 'keys that look alike are different keys', (inner) => ({
    find: (key) => inner.find(key.split('\0')[0] ?? ''),
    create: (key, entry, now) => inner.create(key.split('\0')[0] ?? '', entry, now),
  })),
  broken('an owner called like a member of every object is lost', 'owners are any text', (inner) => ({
    create: (key, entry, now) => {
      const ownerId = entry.ownerId !== undefined && entry.ownerId in {} ? undefined : entry.ownerId
      return inner.create(key, { ...entry, ownerId }, now)
    },
  })),
  broken('values go through UTF-8', 'values are any text, 100 KB and all of Unicode included', (inner) => ({
    replace: (key, entry, version, now) =>
      inner.replace(key, { ...entry, value: Buffer.from(entry.value).toString() }, version, now),
  })),
  broken(
    'sweep takes what ended this minute',
    'sweep takes what ended over a minute ago, graves too, and nothing else',
    (inner) => ({
      sweep: (now) => inner.sweep(now + 60_000),
    }),
  ),
]

type Inner = ReturnType<typeof memoryStore> & { upsert(key: string, entry: Entry): Promise<void> }

function broken(mistake: string, rejectedBy: string, wrong: (inner: Inner) => Partial<Inner>): BrokenStore {
  return {
    mistake,
    rejectedBy,
    open() {
      const memory = memoryStore()
      const inner: Inner = {
        ...memory,
        // What the contract does not have: ends whatever is there, then takes the key.
        async upsert(key, entry) {
          await memory.bury(key, '', 0, Number.MAX_SAFE_INTEGER)
          await memory.create(key, entry, 0)
        },
      }
      return { ...memory, ...wrong(inner) }
    },
  }
}
