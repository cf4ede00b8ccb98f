/**
 * The contract of a store as cases anyone can run against their own.
 *
 * In: a store that is up; it may be shared by all cases and by others, because every case makes keys of its own. Out:
 * nothing, or an AssertionError that says what was expected and what was found. Must not know a test runner, nor the
 * time: a fixed `now` is passed to every call.
 *
 *     for (const { name, run } of storeContract) test(name, () => run(myStore))
 *
 * @module
 */
import { ODD_TEXTS } from '../lib/odd-texts.ts'
import { same } from '../lib/same.ts'
import type { Entry, Store } from '../store/store.ts'
import { enumerableContract } from './enumerable-contract.ts'
import { ownerIndexContract } from './owner-index-contract.ts'
import { ENDS, found, freshKey, live, MINUTE, NOW, of, ofPower, type StoreCase } from './store-case.ts'

export type { StoreCase } from './store-case.ts'

/** What stands under a key before a case begins, with the name a message gives it. */
const UNLIVE: readonly [string, (store: Store, key: string) => Promise<unknown>][] = [
  ['nothing', async () => {}],
  ['an ended entry', (store, key) => store.create(key, live({ expiresAt: NOW + 1 }), NOW)],
  ['a grave', (store, key) => store.bury(key, 'successor', ENDS, NOW)],
  ['a grave that was created', (store, key) => store.create(key, live({ grave: true }), NOW)],
]

/** Every sentence of store.ts as a case. Cases about optional powers pass where the store has no such power. */
export const storeContract: readonly StoreCase[] = [
  of('find gives null where nothing was created', async (store, key) => {
    await found(store, key, null)
  }),
  of('find gives what was created, to the last field', async (store, key) => {
    const entry = live({ version: 7, ownerId: 'ada' })
    same('create', await store.create(key, entry, NOW), true)
    await found(store, key, entry)
  }),
  of('find gives no owner and no grave where none was given', async (store, key) => {
    await store.create(key, live(), NOW)
    const entry = await store.find(key)
    same('ownerId', entry?.ownerId, undefined)
    same('grave', entry?.grave, undefined)
  }),
  of('find gives what has ended, for the caller to judge', async (store, key) => {
    const entry = live({ expiresAt: NOW + 1 })
    await store.create(key, entry, NOW)
    same('create under another key, later', await store.create(freshKey(), live(), NOW + MINUTE), true)
    await found(store, key, entry)
  }),
  of('find gives the caller a thing of its own', async (store, key) => {
    await store.create(key, live({ ownerId: 'ada' }), NOW)
    const entry = await store.find(key)
    if (entry !== null) Reflect.set(entry, 'value', 'changed by the caller')
    await found(store, key, live({ ownerId: 'ada' }))
  }),
  of('an entry does not follow the object it was created from', async (store, key) => {
    const entry = { ...live() }
    await store.create(key, entry, NOW)
    entry.value = 'changed by the caller'
    await found(store, key, live())
  }),

  of('create refuses a key that a live entry has, and changes nothing', async (store, key) => {
    await store.create(key, live({ ownerId: 'ada' }), NOW)
    same('create', await store.create(key, live({ value: 'second', version: 2, expiresAt: ENDS + 1 }), NOW), false)
    await found(store, key, live({ ownerId: 'ada' }))
  }),
  of('create refuses a key that a grave has, and changes nothing', async (store, key) => {
    await store.bury(key, 'successor', ENDS, NOW)
    same('create', await store.create(key, live(), NOW), false)
    await found(store, key, grave({ value: 'successor' }))
  }),
  of(
    'create takes the key of an entry at the very millisecond it has ended, and nothing of it stays',
    async (store, key) => {
      await store.create(key, live({ version: 9, expiresAt: NOW + 10, ownerId: 'ada' }), NOW)
      same('create a millisecond earlier', await store.create(key, live({ value: 'second' }), NOW + 9), false)
      same('create', await store.create(key, live({ value: 'second' }), NOW + 10), true)
      await found(store, key, live({ value: 'second' }))
    },
  ),
  of('create takes the key of a grave that has ended', async (store, key) => {
    await store.bury(key, 'successor', NOW + 10, NOW)
    same('create a millisecond earlier', await store.create(key, live(), NOW + 9), false)
    same('create', await store.create(key, live(), NOW + 10), true)
    await found(store, key, live())
  }),
  of('create can put a grave, which then takes the key', async (store, key) => {
    same('create', await store.create(key, live({ version: 3, grave: true }), NOW), true)
    await found(store, key, live({ version: 3, grave: true }))
    same('create again', await store.create(key, live(), NOW), false)
  }),
  of('of many who create one key, one does', async (store, key) => {
    const answers = await Promise.all(
      [...Array(16).keys()].map((n) => store.create(key, live({ value: `by ${n}` }), NOW)),
    )
    same('creates that said yes', answers.filter(Boolean).length, 1)
    await found(store, key, live({ value: `by ${answers.indexOf(true)}` }))
  }),
  of('of many who create over an ended entry, one does', async (store, key) => {
    await store.create(key, live({ expiresAt: NOW + 1 }), NOW)
    const answers = await Promise.all(
      [...Array(16).keys()].map((n) => store.create(key, live({ value: `by ${n}` }), NOW + 1)),
    )
    same('creates that said yes', answers.filter(Boolean).length, 1)
    await found(store, key, live({ value: `by ${answers.indexOf(true)}` }))
  }),

  of('replace writes over the version it names, every field', async (store, key) => {
    await store.create(key, live(), NOW)
    const next = live({ value: 'second', version: 2, expiresAt: ENDS + 5, ownerId: 'ada' })
    same('replace', await store.replace(key, next, 1, NOW), 'done')
    await found(store, key, next)
    const last = live({ value: 'third', version: 3, expiresAt: ENDS - 5 })
    same('replace without an owner and with an earlier end', await store.replace(key, last, 2, NOW), 'done')
    await found(store, key, last)
  }),
  of('replace keeps the version the caller chose, whatever it is', async (store, key) => {
    await store.create(key, live({ version: 41 }), NOW)
    for (const [from, to] of [
      [41, 1_000_000],
      [1_000_000, 7],
      [7, Number.MAX_SAFE_INTEGER],
      [Number.MAX_SAFE_INTEGER, 8],
    ] as const) {
      same(`replace of version ${from} by ${to}`, await store.replace(key, live({ version: to }), from, NOW), 'done')
      await found(store, key, live({ version: to }))
    }
  }),
  of('replace of another version is stale, newer or older, and changes nothing', async (store, key) => {
    await store.create(key, live({ version: 5 }), NOW)
    for (const version of [4, 6]) {
      same(`replace of ${version}`, await store.replace(key, live({ value: 'x', version: 6 }), version, NOW), 'stale')
    }
    await found(store, key, live({ version: 5 }))
  }),
  of('replace of what is not live is gone, and changes nothing', async (store, key) => {
    for (const [what, put] of UNLIVE) {
      const over = `${key} ${what}`
      await put(store, over)
      const before = await store.find(over)
      same(`replace over ${what}`, await store.replace(over, live({ version: 2 }), 1, NOW + 1), 'gone')
      const inPlace = live({ version: 2, expiresAt: NOW + 1 })
      same(`replace over ${what} with its own end`, await store.replace(over, inPlace, 1, NOW + 1), 'gone')
      same(`replace over ${what} with another version`, await store.replace(over, live(), 9, NOW + 1), 'gone')
      await found(store, over, before)
    }
  }),
  of('replace can put a grave, and nobody is served from it again', async (store, key) => {
    await store.create(key, live({ ownerId: 'ada' }), NOW)
    const end = live({ value: 'successor', version: 2, grave: true })
    same('replace', await store.replace(key, end, 1, NOW), 'done')
    same('replace of the grave', await store.replace(key, live({ version: 3 }), 2, NOW), 'gone')
    await found(store, key, end)
  }),
  of('of many who replace one version, one does, and what it wrote is there', async (store, key) => {
    await store.create(key, live(), NOW)
    const answers = await Promise.all(
      [...Array(16).keys()].map((n) => store.replace(key, live({ value: `by ${n}`, version: 2 }), 1, NOW)),
    )
    same('replaces that were done', answers.filter((answer) => answer === 'done').length, 1)
    same('replaces that were stale', answers.filter((answer) => answer === 'stale').length, 15)
    await found(store, key, live({ value: `by ${answers.indexOf('done')}`, version: 2 }))
  }),
  of('counting by replace loses nothing', async (store, key) => {
    await store.create(key, live({ value: '0' }), NOW)
    await Promise.all([...Array(12).keys()].map(() => increment(store, key)))
    await found(store, key, live({ value: '12', version: 13 }))
  }),

  of('extend moves the end and nothing else', async (store, key) => {
    await store.create(key, live({ version: 4, ownerId: 'ada' }), NOW)
    same('extend', await store.extend(key, ENDS + 5, NOW), true)
    await found(store, key, live({ version: 4, ownerId: 'ada', expiresAt: ENDS + 5 }))
    same('replace after it', await store.replace(key, live({ version: 5 }), 4, NOW), 'done')
  }),
  of('extend never moves the end earlier', async (store, key) => {
    await store.create(key, live(), NOW)
    for (const earlier of [ENDS, ENDS - 1, NOW, 0])
      same(`extend to ${earlier}`, await store.extend(key, earlier, NOW), true)
    await found(store, key, live())
  }),
  of('of many extends the longest counts', async (store, key) => {
    await store.create(key, live(), NOW)
    const answers = await Promise.all([3, 16, 1, 9].map((minutes) => store.extend(key, ENDS + minutes * MINUTE, NOW)))
    same('extends that said yes', answers.filter(Boolean).length, 4)
    await found(store, key, live({ expiresAt: ENDS + 16 * MINUTE }))
  }),
  of('extend refuses what is not live, and changes nothing', async (store, key) => {
    for (const [what, put] of UNLIVE) {
      const over = `${key} ${what}`
      await put(store, over)
      const before = await store.find(over)
      same(`extend of ${what}`, await store.extend(over, ENDS + MINUTE, NOW + 1), false)
      await found(store, over, before)
    }
  }),
  of('extend never undoes what a replace wrote beside it', async (store, key) => {
    await store.create(key, live(), NOW)
    const [, ...answers] = await Promise.all([
      store.extend(key, ENDS + MINUTE, NOW),
      store.replace(key, live({ value: 'second', version: 2 }), 1, NOW),
      store.extend(key, ENDS + MINUTE, NOW),
    ])
    same('replace beside extends', answers[0], 'done')
    const entry = await store.find(key)
    same('value and version', [entry?.value, entry?.version], ['second', 2])
  }),

  of('bury puts a grave over a live entry, with its version and without its owner', async (store, key) => {
    await store.create(key, live({ version: 6, ownerId: 'ada' }), NOW)
    same('bury', await store.bury(key, 'successor', NOW + MINUTE, NOW), undefined)
    await found(store, key, grave({ value: 'successor', version: 6, expiresAt: NOW + MINUTE }))
  }),
  of('bury puts a grave over nothing, with version 1', async (store, key) => {
    await store.bury(key, 'successor', ENDS, NOW)
    await found(store, key, grave({ value: 'successor', version: 1 }))
  }),
  of('bury puts a grave over an ended entry and over an ended grave', async (store, key) => {
    for (const end of [{}, { grave: true as const }]) {
      const over = `${key} ${JSON.stringify(end)}`
      await store.create(over, live({ expiresAt: NOW + 1, ...end }), NOW)
      await store.bury(over, 'successor', ENDS, NOW + 1)
      await found(store, over, grave({ value: 'successor' }))
    }
  }),
  of('bury over a grave moves its end later, never earlier, and the first value stays', async (store, key) => {
    await store.create(key, live({ version: 3 }), NOW)
    await store.bury(key, 'first', NOW + 10 * MINUTE, NOW)
    await store.bury(key, 'second', NOW + 5 * MINUTE, NOW)
    await found(store, key, grave({ value: 'first', version: 3, expiresAt: NOW + 10 * MINUTE }))
    await store.bury(key, 'third', NOW + 15 * MINUTE, NOW)
    await found(store, key, grave({ value: 'first', version: 3, expiresAt: NOW + 15 * MINUTE }))
  }),
  of('of many who bury, the latest end counts', async (store, key) => {
    await store.create(key, live(), NOW)
    await Promise.all([3, 16, 1, 9].map((minutes) => store.bury(key, 'gone', NOW + minutes * MINUTE, NOW)))
    await found(store, key, grave({ value: 'gone', expiresAt: NOW + 16 * MINUTE }))
  }),
  of('after bury resolved, nothing that was under way brings the entry back', async (store, key) => {
    await store.create(key, live({ value: '0' }), NOW)
    let buried = false
    const writers = [...Array(4).keys()].map(async (n) => {
      for (let round = 0; round < 50; round++) {
        const known = buried
        const answer = await increment(store, key)
        if (known) return same(`replace ${n} that began after the bury`, answer, 'gone')
        if (answer === 'gone') return
        await store.extend(key, ENDS + round, NOW)
      }
    })
    await increment(store, key)
    await store.bury(key, 'successor', ENDS, NOW)
    buried = true
    const first = await store.find(key)
    same('grave and value, once bury resolved', [first?.grave, first?.value], [true, 'successor'])
    await Promise.all(writers)
    await found(store, key, first)
    same('replace of the version the grave has', await store.replace(key, live(), first?.version ?? 0, NOW), 'gone')
  }),

  of('keys that look alike are different keys', async (store, key) => {
    const keys = ODD_TEXTS.map((text) => key + text)
    for (const [n, odd] of keys.entries()) {
      same(`create ${JSON.stringify(odd)}`, await store.create(odd, live({ value: String(n) }), NOW), true)
    }
    for (const [n, odd] of keys.entries()) await found(store, odd, live({ value: String(n) }))
  }),
  of('owners are any text', async (store, key) => {
    for (const ownerId of [...ODD_TEXTS, 'o'.repeat(10_240)]) {
      const odd = key + ownerId.slice(0, 20) + ownerId.length
      await store.create(odd, live({ ownerId }), NOW)
      await found(store, odd, live({ ownerId }))
    }
  }),
  of('values are any text, 100 KB and all of Unicode included', async (store, key) => {
    await store.create(key, live(), NOW)
    const values = [
      ...ODD_TEXTS,
      'x'.repeat(102_400),
      '🦊é\0'.repeat(20_000),
      JSON.stringify({ quote: '"', tag: '</script>' }),
    ]
    for (const [n, value] of values.entries()) {
      same(`replace ${n}`, await store.replace(key, live({ value, version: n + 2 }), n + 1, NOW), 'done')
      await found(store, key, live({ value, version: n + 2 }))
    }
  }),

  ofPower('sweepable', 'sweep takes what ended over a minute ago, graves too, and nothing else', async (store, key) => {
    const ended = [live({ expiresAt: NOW - 1 }), live({ expiresAt: NOW - 1, grave: true })]
    const kept = [live({ expiresAt: NOW }), live({ expiresAt: NOW, grave: true }), live(), live({ grave: true })]
    for (const [n, entry] of [...ended, ...kept].entries()) await store.create(`${key}${n}`, entry, NOW - MINUTE)
    same('removed, at least', (await store.sweep(NOW + MINUTE)) >= ended.length, true)
    for (const [n, entry] of [...ended, ...kept].entries()) {
      await found(store, `${key}${n}`, n < ended.length ? null : entry)
    }
  }),
  ofPower('sweepable', 'sweep frees the keys it took, and those who come late find nothing', async (store, key) => {
    await store.create(key, live({ expiresAt: NOW }), NOW - MINUTE)
    await store.sweep(NOW + MINUTE + 1)
    same('replace with an old clock', await store.replace(key, live({ version: 2 }), 1, NOW - 1), 'gone')
    same('extend with an old clock', await store.extend(key, ENDS, NOW - 1), false)
    same('create', await store.create(key, live({ value: 'second' }), NOW + MINUTE + 1), true)
    await found(store, key, live({ value: 'second' }))
  }),

  ...ownerIndexContract,
  ...enumerableContract,
]

function grave(facts: Partial<Entry>): Entry {
  return { ...live(facts), grave: true }
}

async function increment(store: Store, key: string): Promise<'done' | 'gone'> {
  for (;;) {
    const entry = await store.find(key)
    if (entry === null || entry.grave) return 'gone'
    const next = { ...entry, value: String(Number(entry.value) + 1), version: entry.version + 1 }
    const answer = await store.replace(key, next, entry.version, NOW)
    if (answer !== 'stale') return answer
  }
}
