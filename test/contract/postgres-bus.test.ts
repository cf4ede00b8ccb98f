/** What PostgreSQL carries between near caches. */
import type { Client } from 'pg'
import { describe, expect, test } from 'vitest'
import { type PostgresBusOptions, postgresBus } from '../../src/store/bus/postgres.ts'
import { cached } from '../../src/store/cached.ts'
import { memoryStore } from '../../src/store/memory.ts'
import type { Entry } from '../../src/store/store.ts'
import { countingStore } from '../../src/testing/stores.ts'
import { hearing, LOST } from '../support/hearing.ts'
import { type PostgresServer, startPostgres } from '../support/servers/postgres.ts'
import { warned } from '../support/warned.ts'

const NOW = Date.UTC(2026, 0, 1)
const FIRST: Entry = { value: 'first', version: 1, expiresAt: NOW + 3_600_000 }

const server = await startPostgres(['fsync=off'])
if (server === null) test('a PostgreSQL to test with', ({ skip }) => skip('PostgreSQL is not installed here'))
else stories(server)

function stories({ pool, client }: PostgresServer): void {
  const shared = pool()

  test.each(['sojourn', 'Quo"ted, with a dot.'])('on the channel %s every process hears every key', async (channel) => {
    const bus = () => postgresBus({ connect: () => client(), pool: shared, channel })
    const [mine, theirs] = [hearing(bus()), hearing(bus())]
    const elsewhere = hearing(postgresBus({ connect: () => client(), pool: shared, channel: 'elsewhere' }))
    expect(mine.words).toEqual([LOST])
    for (const each of [mine, theirs, elsewhere]) await each.hears(null)
    const keys = ['key', "quo'ted", 'new\nline', 'NUL \0', 'half \ud83e', '🦊'.repeat(900)]
    for (const key of keys) {
      await bus().publish?.(key)
      for (const each of [mine, theirs]) await each.hears(key)
    }
    // Too long for a message, or nothing to put into one: everything may have changed.
    for (const key of ['', 'x'.repeat(8_000)]) {
      await bus().publish?.(key)
      for (const each of [mine, theirs]) await each.hears(null)
    }
    expect(elsewhere.words).toEqual([LOST, null])
    for (const each of [mine, theirs, elsewhere]) each.leave()
  })

  test('a near cache shows what another process did once it was told, however young its copy', async () => {
    const inner = countingStore(memoryStore())
    const options: PostgresBusOptions = { connect: () => client(), pool: shared, channel: 'near' }
    const [mine, theirs] = [0, 1].map(() =>
      cached(inner, { bus: postgresBus(options), clock: () => NOW, maxStale: '1h' }),
    )
    if (mine === undefined || theirs === undefined) throw new Error('There are two')
    const listener = hearing(postgresBus(options))
    await listener.hears(null)
    await theirs.create('key', FIRST, NOW)
    // It listens once a read costs nothing.
    let asked = -1
    while (inner.calls.find !== asked) {
      asked = inner.calls.find
      await mine.find('key')
      await shared.query('SELECT 1')
    }
    await theirs.replace('key', { ...FIRST, version: 2 }, 1, NOW)
    await listener.hears('key')
    while ((await mine.find('key'))?.version !== 2) await shared.query('SELECT 1')
    for (const store of [mine, theirs]) store.close()
    listener.leave()
  })

  test('a connection that was cut is a loss; it connects again, and everything may have changed', async () => {
    const listeners: Client[] = []
    const bus = postgresBus({
      async connect() {
        const listener = await client()
        listeners.push(listener)
        return listener
      },
      pool: shared,
    })
    const ear = hearing(bus)
    await ear.hears(null)
    const { rows } = await (listeners[0] as Client).query('SELECT pg_backend_pid() AS id')
    await shared.query('SELECT pg_terminate_backend($1)', [rows[0].id])
    await ear.hears(LOST)
    await ear.hears(null)
    expect(listeners).toHaveLength(2)
    await bus.publish?.('key')
    await ear.hears('key')
    ear.leave()
  })

  test('where it cannot connect it says so once, and tries again', async () => {
    let attempts = 0
    const warning = warned('SOJOURN_POSTGRES_BUS')
    const ear = hearing(
      postgresBus({
        async connect() {
          if (++attempts < 3) throw new Error('nobody there')
          return client()
        },
        pool: shared,
      }),
    )
    expect(await warning).toMatch(/The Postgres bus cannot listen/)
    await ear.hears(null)
    expect(attempts).toBe(3)
    ear.leave()
  })

  test('who leaves closes the connection', async () => {
    const listener = await client()
    const ended = new Promise<void>((resolve) => listener.once('end', resolve))
    const ear = hearing(postgresBus({ connect: async () => listener, pool: shared }))
    await ear.hears(null)
    ear.leave()
    await ended
    expect(ear.words.at(-1)).toBeNull()
  })

  test('a message that could not be sent is no error of the write it tells of', async () => {
    const broken = { query: () => Promise.reject(new Error('pool ended')) }
    const store = cached(memoryStore(), { bus: postgresBus({ connect: () => client(), pool: broken }) })
    expect(await store.create('key', FIRST, NOW)).toBe(true)
    store.close()
  })

  describe('an option that cannot work is refused', () => {
    test.each<[string, object]>([
      ['connect', { connect: 'postgres://', pool: shared }],
      ['pool', { connect: () => client(), pool: null }],
      ['channel', { connect: () => client(), pool: shared, channel: '' }],
      ['channel', { connect: () => client(), pool: shared, channel: 'x'.repeat(64) }],
    ])('%s', (option, options) => {
      expect(() => postgresBus(options as PostgresBusOptions)).toThrow(
        expect.objectContaining({ code: 'OPTION_INVALID', details: { option } }),
      )
    })
  })
}
