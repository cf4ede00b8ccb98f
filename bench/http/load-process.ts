/**
 * The load: requests over kept-alive connections to one port of this machine, for a bounded time.
 *
 * In: asked `load` with a port, a path, cookies, connections and milliseconds. Out: how many were answered, and how fast. As
 * cheap as it can be, or it would be what is measured: requests are text made beforehand, answers are only counted. Each
 * connection sends one request at a time and has cookies of its own, in turns.
 *
 * @module
 */
import { connect, type Socket } from 'node:net'
import { answer } from '../lib/side.ts'

export interface Load {
  readonly port: number
  readonly path: string
  /** Values of the Cookie header. None: no such header. */
  readonly cookies: readonly string[]
  readonly connections: number
  readonly millis: number
  /** Never sleeps, so that no answer has to wake it: in a virtual machine that costs the server more than the answer. */
  readonly awake: boolean
}

export interface Loaded {
  readonly requests: number
  readonly millis: number
  readonly p50: number
  readonly p99: number
  readonly setCookies: number
}

/** Cookies are many and the same for many loads: they are sent once, and named. */
const kept = new Map<string, readonly string[]>()
/** Where each connection goes on with them. */
const turns = new Map<string, number>()
const requests = new Map<string, readonly string[]>()
const sockets = new Map<number, Promise<Socket[]>>()

answer({
  keep: ({ name, cookies }: { name: string; cookies: readonly string[] }) => void kept.set(name, cookies),
  load: ({ cookies: name, ...load }: Omit<Load, 'cookies'> & { cookies: string }) =>
    run({ ...load, cookies: kept.get(name) ?? [] }, name),
  fetch: ({ port, path, count }: { port: number; path: string; count: number }) => begin(port, path, count),
})

async function run({ port, path, cookies, connections, millis, awake }: Load, name: string): Promise<Loaded> {
  const open = await opened(port, connections)
  const places = open.map((_, n) => {
    const place = `${name} ${path} ${connections} ${port} ${n}`
    if (!requests.has(place)) requests.set(place, requestsOf(path, cookies, connections, n))
    return place
  })
  const latencies: number[] = []
  let setCookies = 0
  let over = !awake
  const spin = () => void (over || setImmediate(spin))
  spin()
  const started = performance.now()
  const until = started + millis
  await Promise.all(
    open.map(async (socket, n) => {
      const place = places[n] ?? ''
      const texts = requests.get(place) ?? []
      let turn = turns.get(place) ?? 0
      await repeat(socket, () => (performance.now() < until ? (texts[turn++ % texts.length] ?? '') : null), {
        latencies,
        onAnswer: (head) => {
          if (head.includes('\r\nSet-Cookie:') || head.includes('\r\nset-cookie:')) setCookies++
        },
      })
      turns.set(place, turn)
    }),
  )
  const took = performance.now() - started
  over = true
  latencies.sort((one, other) => one - other)
  const at = (share: number) => latencies[Math.floor(share * (latencies.length - 1))] ?? Number.NaN
  return { requests: latencies.length, millis: took, p50: at(0.5), p99: at(0.99), setCookies }
}

/** Asks for `count` sessions; the Cookie headers that a browser would send from then on. */
async function begin(port: number, path: string, count: number): Promise<string[]> {
  const cookies: string[] = []
  let asked = 0
  await Promise.all(
    (await opened(port, Math.min(16, count))).map((socket) =>
      repeat(socket, () => (asked++ < count ? requestOf(path, null) : null), {
        latencies: [],
        onAnswer(head) {
          const set = [...head.matchAll(/\r\nset-cookie: ([^;\r]*)/gi)].map(([, pair]) => pair ?? '')
          if (set.length > 0) cookies.push(set.join('; '))
        },
      }),
    ),
  )
  if (cookies.length !== count) throw new Error(`${path} made ${cookies.length} sessions of ${count}`)
  return cookies
}

/** Its own share, so that no two connections ever use one session at a time. */
function requestsOf(path: string, cookies: readonly string[], connections: number, n: number): string[] {
  const own = cookies.filter((_, index) => index % connections === n)
  return own.length === 0 ? [requestOf(path, null)] : own.map((cookie) => requestOf(path, cookie))
}

function requestOf(path: string, cookie: string | null): string {
  // What a browser sends beside it is the same for all sides, so it is left out for all.
  const lines = [`GET ${path} HTTP/1.1`, 'Host: localhost', ...(cookie === null ? [] : [`Cookie: ${cookie}`])]
  return `${lines.join('\r\n')}\r\n\r\n`
}

function opened(port: number, connections: number): Promise<Socket[]> {
  let open = sockets.get(port)
  if (open === undefined) {
    open = Promise.all(Array.from({ length: connections }, () => connected(port)))
    sockets.set(port, open)
  }
  return open.then(async (all) => {
    while (all.length < connections) all.push(await connected(port))
    // A server may have closed one that was idle.
    for (const [n, socket] of all.entries()) if (socket.destroyed) all[n] = await connected(port)
    return all.slice(0, connections)
  })
}

function connected(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    socket.setEncoding('latin1')
    socket.once('connect', () => resolve(socket))
    socket.once('error', reject)
  })
}

interface Seen {
  readonly latencies: number[]
  onAnswer(head: string): void
}

function repeat(socket: Socket, next: () => string | null, { latencies, onAnswer }: Seen): Promise<void> {
  return new Promise((resolve, reject) => {
    let received = ''
    let sentAt = 0

    function send(): void {
      const text = next()
      if (text === null) {
        socket.removeAllListeners('data')
        socket.removeAllListeners('close')
        resolve()
        return
      }
      sentAt = performance.now()
      socket.write(text, 'latin1')
    }

    socket.on('data', (chunk) => {
      received += chunk
      const end = received.indexOf('\r\n\r\n')
      if (end === -1) return
      const head = received.slice(0, end)
      const length = lengthOf(head)
      if (length === null) return void reject(new Error(`An answer without a length: ${head}`))
      if (received.length < end + 4 + length) return
      if (head[9] !== '2') return void reject(new Error(`An answer that is no 2xx: ${received.slice(0, 800)}`))
      latencies.push(performance.now() - sentAt)
      onAnswer(head)
      received = ''
      send()
    })
    socket.once('close', () => reject(new Error('A connection was closed')))
    send()
  })
}

function lengthOf(head: string): number | null {
  const at = head.search(/\r\ncontent-length: /i)
  return at === -1 ? null : Number.parseInt(head.slice(at + 18), 10)
}
