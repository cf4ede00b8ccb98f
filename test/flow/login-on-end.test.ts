/** Whoever holds a socket or a stream open is told when its session ends: at once in this process, elsewhere at a look. */
import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { createSessions, type Session, type Sessions } from '../../src/index.ts'
import { memoryStore } from '../../src/store/memory.ts'
import type { Jar } from '../../src/testing/jar.ts'
import { factsOf, loggedIn, post, quietly, read } from '../support/answers.ts'
import { isRevocable } from '../support/backends.ts'
import { tellEach } from '../support/laws.ts'
import type { Data } from '../support/story-app.ts'
import { ORIGIN, SECRET, type World } from '../support/world.ts'

beforeEach(() => {
  // Timers of sockets and of the store's limits stay real; the looks of `onEnd` are intervals.
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
})
afterEach(() => {
  vi.useRealTimers()
})

interface Heard {
  readonly reasons: string[]
  stop(): void
}

/** A socket that came with this browser's cookies. */
async function listen(browser: Jar, { sessions }: World, every?: string): Promise<Heard> {
  const session = await openFor(browser, sessions)
  const reasons: string[] = []
  const stop = session.onEnd((reason) => reasons.push(reason), every === undefined ? {} : { every })
  await Promise.resolve()
  assert.deepEqual(reasons, [], 'it lives')
  return { reasons, stop }
}

function openFor(browser: Jar, sessions: Sessions<Data>): Promise<Session<Data>> {
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  return sessions.open({ method: 'GET', url: '/socket', headers: { cookie, origin: ORIGIN, upgrade: 'websocket' } })
}

/** One look of everybody, and all it waits for: files and databases, so whole rounds of requests. */
async function look(world: World, seconds = 30): Promise<void> {
  await vi.advanceTimersByTimeAsync(seconds * 1000)
  for (let round = 0; round < 5; round++) await read(world.browser(), '/untouched')
  if (world.backend !== 'client-side') await world.store.find('nobody')
}

describe('at once, in this process', () => {
  const ends: [string, string, string][] = [
    ['a logout', '/logout', 'revoked'],
    ['a destroy', '/destroy', 'revoked'],
    ['a new id', '/regenerate', 'superseded'],
    ['a login', '/login', 'superseded'],
    ['a login of somebody else', '/login?user=bob', 'superseded'],
    ['a step-up', '/confirm', 'superseded'],
  ]
  for (const [title, path, reason] of ends) {
    tellEach('everywhere', title, async (world) => {
      const browser = await loggedIn(world)
      const [heard, too, other] = [
        await listen(browser, world),
        await listen(browser, world),
        await listen(await loggedIn(world), world),
      ]
      await post(browser, path)
      assert.deepEqual([heard.reasons, too.reasons, other.reasons], [[reason], [reason], []])
      await post(browser, '/logout')
      await look(world)
      assert.deepEqual([heard.reasons, too.reasons, other.reasons], [[reason], [reason], []], 'once, and no other')
    })
  }

  tellEach('endable', '“log out everywhere”, but for the session that is spared and for other users', async (world) => {
    const [spared, gone, bob] = [await loggedIn(world), await loggedIn(world), await loggedIn(world, 'bob')]
    const waiting = world.browser()
    await post(waiting, '/login?pending')
    const heard = [await listen(gone, world), await listen(waiting, world)]
    const silent = [await listen(spared, world), await listen(bob, world)]
    await post(spared, '/revoke-all?except')
    assert.deepEqual(
      heard.map(({ reasons }) => reasons),
      [['revoked'], ['revoked']],
    )
    assert.deepEqual(
      silent.map(({ reasons }) => reasons),
      [[], []],
    )
    await world.sessions.revokeAll('ada')
    assert.deepEqual(
      silent.map(({ reasons }) => reasons),
      [['revoked'], []],
    )
  })

  tellEach('server-side', 'an end by its id, and one that makes room for a new login', async (world) => {
    const one = await loggedIn(world)
    const heard = await listen(one, world)
    await world.sessions.revoke(String((await factsOf(one)).publicId))
    assert.deepEqual(heard.reasons, ['revoked'])
  })

  tellEach(
    'server-side',
    'an end that makes room for a new login',
    async (world) => {
      const heard = await listen(await loggedIn(world), world)
      world.clock.advance('1m')
      await loggedIn(world)
      assert.deepEqual(heard.reasons, ['revoked'])
    },
    { auth: { maxSessionsPerOwner: { limit: 1, when: 'evict-oldest' } } },
  )

  tellEach('endable', 'a logout that came with an older id of the session', async (world) => {
    const browser = await loggedIn(world)
    const slow = browser.copy().post('/logout?before=gate')
    await world.gate('gate').arrived()
    await post(browser, '/regenerate')
    const heard = await listen(browser, world)
    world.gate('gate').open()
    assert.equal((await slow).status, 200)
    assert.deepEqual(heard.reasons, ['revoked'])
  })

  tellEach('overflowing', 'a session that outgrows its cookie', async (world) => {
    const browser = await loggedIn(world)
    const heard = await listen(browser, world)
    await post(browser, '/set?key=big&size=5000')
    assert.deepEqual(heard.reasons, ['superseded'])
    const moved = await listen(browser, world)
    await post(browser, '/logout')
    assert.deepEqual(moved.reasons, ['revoked'])
  })

  tellEach('everywhere', 'a user who is gone', async (world) => {
    const browser = await loggedIn(world)
    const heard = await listen(browser, world)
    world.users.delete('ada')
    await read(browser, '/me')
    assert.deepEqual(heard.reasons, ['revoked'])
  })

  tellEach('everywhere', 'writes, touches and what is not kept end nothing', async (world) => {
    const browser = await loggedIn(world)
    const heard = await listen(browser, world)
    await post(browser, '/set?key=theme')
    world.clock.advance('10m')
    await read(browser, '/me')
    assert.equal((await browser.post('/regenerate?status=500')).status, 500)
    await look(world)
    assert.deepEqual(heard.reasons, [])
  })

  tellEach('everywhere', 'a listener that throws fails nobody’s logout and silences no other', async (world) => {
    const browser = await loggedIn(world)
    const session = await openFor(browser, world.sessions)
    session.onEnd(() => {
      throw new Error('a listener of this test')
    })
    const heard = await listen(browser, world)
    const answer = await quietly(() => browser.post('/logout'))
    assert.equal(answer.status, 200)
    assert.deepEqual(heard.reasons, ['revoked'])
    assert.deepEqual([...browser.cookies], [])
  })
})

describe('at the next look, elsewhere', () => {
  tellEach('endable', 'a logout in another process', async (world) => {
    const browser = await loggedIn(world)
    const other = await world.sibling()
    const [heard, often, stopped] = [
      await listen(browser, world),
      await listen(browser, world, '5s'),
      await listen(browser, world),
    ]
    await post(browser.copy(), other.at('/logout'))
    stopped.stop()
    assert.deepEqual([heard.reasons, often.reasons], [[], []])
    await look(world, 4)
    assert.deepEqual(often.reasons, [])
    await look(world, 1)
    await vi.waitFor(() => assert.deepEqual(often.reasons, ['revoked']))
    assert.deepEqual(heard.reasons, [])
    await look(world, 25)
    await vi.waitFor(() => assert.deepEqual(heard.reasons, ['revoked']))
    await look(world, 60)
    assert.deepEqual([heard.reasons, often.reasons, stopped.reasons], [['revoked'], ['revoked'], []])
    assert.equal(vi.getTimerCount(), 0, 'nobody looks any more')
  })

  tellEach('endable', '“log out everywhere” and a new id in another process', async (world) => {
    const [one, two] = [await loggedIn(world), await loggedIn(world, 'bob')]
    const other = await world.sibling()
    const heard = [await listen(one, world), await listen(two, world)]
    await other.sessions.revokeAll('ada')
    await post(two, other.at('/regenerate'))
    await look(world)
    await vi.waitFor(() =>
      assert.deepEqual(
        heard.map(({ reasons }) => reasons),
        [['revoked'], ['superseded']],
      ),
    )
  })

  tellEach('client-side', 'its absolute end', async (world) => {
    const browser = world.browser()
    await post(browser, '/login?remember')
    const heard = await listen(browser, world)
    world.clock.advance(89 * 86_400_000)
    await look(world)
    assert.deepEqual(heard.reasons, [])
    world.clock.advance('1d')
    await look(world)
    await vi.waitFor(() => assert.deepEqual(heard.reasons, ['expired-absolute']))
  })

  tellEach('server-side', 'its idle and its absolute end', async (world) => {
    const browser = await loggedIn(world)
    const heard = await listen(browser, world)
    world.clock.advance(3_600_000 - 1)
    await look(world)
    assert.deepEqual(heard.reasons, [])
    world.clock.advance(1)
    await look(world)
    await vi.waitFor(() => assert.deepEqual(heard.reasons, ['expired-idle']))
    const late = await listen(await loggedIn(world), world)
    world.clock.advance('24h')
    await look(world)
    await vi.waitFor(() => assert.deepEqual(late.reasons, ['expired-absolute']))
  })

  tellEach(
    'not revocable',
    'an idle end nobody here can know of: the browser may have been seen elsewhere',
    async (world) => {
      const heard = await listen(await loggedIn(world), world)
      world.clock.advance('2h')
      await look(world)
      assert.deepEqual(heard.reasons, [])
    },
  )

  tellEach('not revocable', 'a logout in another process nobody here can know of, as the mode says', async (world) => {
    const browser = await loggedIn(world)
    const heard = await listen(browser, world)
    await post(browser, (await world.sibling()).at('/logout'))
    await look(world)
    assert.deepEqual(heard.reasons, [])
  })

  tellEach('endable', 'an outage ends nothing, and is asked again', async (world) => {
    const browser = await loggedIn(world)
    const other = await world.sibling()
    const heard = await listen(browser, world)
    await post(browser.copy(), other.at('/logout'))
    world.store.fail(['find', 'epochOf'])
    await vi.advanceTimersByTimeAsync(60_000)
    for (let round = 0; round < 5; round++) await read(world.browser(), '/untouched')
    assert.deepEqual(heard.reasons, [])
    world.store.heal()
    await look(world)
    await vi.waitFor(() => assert.deepEqual(heard.reasons, ['revoked']))
  })

  tellEach('endable', 'each look costs one read, past every copy', async (world) => {
    const browser = await loggedIn(world)
    await listen(browser, world)
    world.store.reset()
    await vi.advanceTimersByTimeAsync(30_000)
    await vi.waitFor(() => assert.equal(world.store.calls.find, 1))
    assert.equal(world.store.calls.epochOf, isRevocable(world.backend) ? 1 : 0)
    assert.equal(world.store.total, world.store.calls.find + world.store.calls.epochOf)
  })

  tellEach('endable', 'who stopped listening while it was looked hears nothing', async (world) => {
    const browser = await loggedIn(world)
    const other = await world.sibling()
    const heard = await listen(browser, world)
    await post(browser.copy(), other.at('/logout'))
    const gate = world.store.pause('find', { side: 'after' })
    await vi.advanceTimersByTimeAsync(30_000)
    await gate.reached
    heard.stop()
    gate.release()
    await look(world)
    assert.deepEqual(heard.reasons, [])
  })
})

describe('where there is no live session', () => {
  tellEach('everywhere', 'it is told at once, with the reason, unless it was stopped', async (world) => {
    const browser = await loggedIn(world)
    world.clock.advance('1h')
    const cookies: [Jar, string][] = [
      [browser, 'expired-idle'],
      [world.browser(), 'unknown'],
    ]
    for (const [jar, reason] of cookies) {
      const session = await openFor(jar, world.sessions)
      const reasons: string[] = []
      const stop = session.onEnd((why) => reasons.push(why))
      session.onEnd((why) => reasons.push(`stopped: ${why}`))()
      assert.deepEqual(reasons, [], 'never before onEnd has returned')
      await Promise.resolve()
      assert.deepEqual(reasons, [reason])
      stop()
    }
    assert.equal(vi.getTimerCount(), 0)
  })

  tellEach('endable', 'after a logout in this process, too', async (world) => {
    const browser = await loggedIn(world)
    const copy = browser.copy()
    await post(browser, '/logout')
    const reasons: string[] = []
    ;(await openFor(copy, world.sessions)).onEnd((reason) => reasons.push(reason))
    await Promise.resolve()
    assert.deepEqual(reasons, ['revoked'])
  })
})

test.each(['often', '0s', 0, -1, Number.NaN])('%s is no time between looks', async (every) => {
  const sessions = createSessions({ origin: ORIGIN, secret: SECRET, store: memoryStore() })
  const session = await sessions.open({ headers: {} })
  expect(() => session.onEnd(() => {}, { every })).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }))
})

tellEach('server-side', 'looks that are months apart do not become looks without a pause', async (world) => {
  await listen(await loggedIn(world), world, '90d')
  world.store.reset()
  await vi.advanceTimersByTimeAsync(60_000)
  assert.equal(world.store.total, 0)
})

test('a process in which somebody still listens ends by itself', async () => {
  vi.useRealTimers()
  const script = join(import.meta.dirname, '../support/listening-process.ts')
  const child = fork(script, { execArgv: ['--import', 'tsx'], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const [message] = await once(child, 'message')
  expect(message).toBe('listening')
  child.disconnect()
  const [code] = await once(child, 'exit')
  expect(code).toBe(0)
})
