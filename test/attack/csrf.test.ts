/**
 * Requests that another site sends in the name of a logged-in person: method, headers and verdict, told to every adapter.
 *
 * Every request carries a session cookie that is good, so that whatever
 * passes acts as that person; what is refused costs no look into the store.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, request as rawRequest } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSessions, type SessionEvent, type SessionsOptions } from '../../src/index.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { cookieFor } from '../../src/testing/cookie-for.ts'
import { countingStore } from '../../src/testing/stores.ts'
import { HOSTS, type HostName, type PlainHost, startHost } from '../support/plain-hosts.ts'
import type { Data } from '../support/story-app.ts'
import { SECRET } from '../support/world.ts'
import {
  BY_ORIGIN,
  BY_SITE,
  EVIL,
  from,
  type Headers,
  OPTIONS,
  ORIGIN,
  type Row,
  row,
  site,
  TABLES,
  UPGRADE,
  WITHOUT_EITHER,
} from './csrf-table.ts'

const SECRET_QUERY = '?q=secret-in-the-query'

interface World {
  readonly host: PlainHost
  readonly store: ReturnType<typeof countingStore>
  readonly events: SessionEvent[]
  readonly cookie: string
  reached: number
}

async function startWorld(name: HostName, options: Partial<SessionsOptions>): Promise<World> {
  const store = countingStore(memoryStore({ unsafeAllowInProduction: true }))
  const events: SessionEvent[] = []
  const onEvent = (event: SessionEvent) => events.push(event)
  const sessions = createSessions<Data>({ origin: ORIGIN, secret: SECRET, store, onEvent, ...options })
  const world = { store, events, cookie: await cookieFor(sessions, { owner: 'ada' }), reached: 0 }
  const host = await startHost(name, { sessions, handle: () => `reached ${++world.reached}` })
  return Object.assign(world, { host })
}

const calls = ({ store }: World) => Object.values(store.calls).reduce((sum, count) => sum + count, 0)
const refusals = ({ events }: World) => events.filter(({ type }) => type === 'csrf-refused')

describe.each(HOSTS)('%s', (name) => {
  const worlds: Record<string, World> = {}
  beforeAll(async () => {
    for (const [under, options] of Object.entries(OPTIONS)) worlds[under] = await startWorld(name, options)
  })
  afterAll(async () => {
    for (const { host } of Object.values(worlds)) await host.close()
  })

  /** One row, and what it left behind. */
  async function tell({ method, headers, under, path, visitor }: Row) {
    const world = worlds[under] as World
    const before = { calls: calls(world), reached: world.reached }
    world.events.length = 0
    const answer = await world.host.send({
      method,
      path: path + (path.includes('?') ? SECRET_QUERY.replace('?', '&') : SECRET_QUERY),
      headers: { ...(visitor ? {} : { Cookie: world.cookie }), ...headers },
    })
    return { world, answer, calls: calls(world) - before.calls, reached: world.reached - before.reached }
  }

  for (const [table, rows] of Object.entries(TABLES)) {
    const told = rows.filter(({ only }) => only?.includes(name) ?? true)
    if (told.length === 0) continue
    describe(table, () => {
      test.each(told)('$what: $method $headers, $under → $verdict', async (each) => {
        const { world, answer, calls, reached } = await tell(each)
        if (each.verdict === null) {
          expect([answer.status, reached, refusals(world)]).toEqual([200, 1, []])
          return
        }
        expect([answer.status, reached, calls]).toEqual([403, 0, 0])
        expect(answer.setCookies).toEqual([])
        const wasMissing = each.verdict === 'Origin' && (each.headers.Origin ?? '') === ''
        const verdict = { reason: wasMissing ? 'no-origin' : 'cross-origin', header: each.verdict }
        const { method, path } = each
        expect(refusals(world)).toEqual([
          {
            at: expect.any(Number),
            type: 'csrf-refused',
            ...verdict,
            method,
            path: path.split('?')[0],
            reportOnly: false,
          },
        ])
        const log = JSON.stringify(world.events)
        expect(log).not.toContain('secret-in-the-query')
        expect(log).not.toContain(world.cookie.split('=')[1])
        expect(answer.headers['content-type']).toBe('application/problem+json')
        const problem = JSON.parse(answer.body)
        expect(problem).toMatchObject({ status: 403, code: 'CSRF_REFUSED', ...verdict })
        if (wasMissing && !each.under.startsWith('a function'))
          expect(problem.send).toBe(`the header Origin: ${ORIGIN}`)
        expect(answer.body).not.toContain('secret')
      })
    })
  }

  test('reportOnly tells of what it would refuse, and lets it pass', async () => {
    const refused = [...BY_SITE, ...BY_ORIGIN, ...WITHOUT_EITHER].filter(({ verdict }) => verdict !== null)
    for (const each of refused) {
      const { world, answer, reached } = await tell({ ...each, under: 'report only' })
      expect([each.what, answer.status, reached]).toEqual([each.what, 200, 1])
      expect(refusals(world)).toMatchObject([{ header: each.verdict, reportOnly: true }])
    }
  })

  test('where the app skips there is no check, and no session either', async () => {
    const { answer, calls } = await tell(
      row('', 'POST', site('cross-site', EVIL), null, { under: 'skip', path: '/static/x' }),
    )
    expect([answer.status, calls]).toEqual([200, 0])
  })

  test('what passes acts as the person: the row stands for a real attack', async () => {
    const { calls } = await tell(row('', 'POST', from(ORIGIN), null))
    expect(calls).toBe(1)
  })
})

test('the table has at least eighty rows', () => {
  expect(Object.values(TABLES).flat().length).toBeGreaterThanOrEqual(80)
})

describe('a socket that another site’s page opens', () => {
  const server = createServer()
  const store = countingStore(memoryStore({ unsafeAllowInProduction: true }))
  const events: SessionEvent[] = []
  const sessions = createSessions<Data>({
    origin: ORIGIN,
    secret: SECRET,
    store,
    onEvent: (event) => events.push(event),
    csrf: 'token',
  })
  let cookie = ''

  async function upgrade(req: IncomingMessage, socket: Socket): Promise<void> {
    const session = await sessions.open({ method: 'GET', url: req.url ?? '/', headers: req.headers })
    const who = session.ownerId ?? 'nobody'
    socket.end(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-Who: ${who}\r\n\r\n`)
  }

  beforeAll(async () => {
    cookie = await cookieFor(sessions, { owner: 'ada' })
    server.on('upgrade', (req, socket) => upgrade(req, socket as Socket))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  afterAll(() => void server.close())

  async function open(headers: Headers): Promise<string> {
    const { port } = server.address() as AddressInfo
    const all = { ...UPGRADE, Cookie: cookie, ...(headers as Record<string, string>) }
    const outgoing = rawRequest({ host: '127.0.0.1', port, path: '/socket?ticket=secret', agent: false, headers: all })
    outgoing.end()
    const [answer, socket] = await once(outgoing, 'upgrade')
    socket.destroy()
    return answer.headers['x-who']
  }

  test.each<[string, Headers, string]>([
    ['ours', from(ORIGIN), 'ada'],
    ['ours, as a browser says it', site('same-origin', ORIGIN), 'ada'],
    ['another', from(EVIL), 'nobody'],
    ['another, as a browser says it', site('cross-site', EVIL), 'nobody'],
    ['a sandboxed frame', from('null'), 'nobody'],
    ['none, with the cookie', {}, 'nobody'],
  ])('%s', async (_, headers, who) => {
    events.length = 0
    const before = store.calls.find
    expect(await open(headers)).toBe(who)
    expect(store.calls.find - before).toBe(who === 'ada' ? 1 : 0)
    const refused = events.filter(({ type }) => type === 'csrf-refused')
    expect(refused).toHaveLength(who === 'ada' ? 0 : 1)
    if (who !== 'ada') expect(refused).toMatchObject([{ path: '/socket', method: 'GET' }])
  })
})
