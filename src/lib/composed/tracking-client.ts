/**
 * Clients that can hear what Redis tells of changed keys, each in its own way.
 *
 * In: a client, by its shape. Out: how to begin, and what comes in; or a ConfigError that says what was found. Must not
 * know what the names mean.
 *
 * Tried on Redis 7.0 with node-redis 6.3, ioredis 6.0 and iovalkey 0.4: node-redis hands out the server's push messages
 * where it was asked to (RESP 3, `emitInvalidate`). ioredis and iovalkey drop them, but pass on what a connection of RESP 2
 * hears on the channel `__redis__:invalidate`, when its tracking is redirected to itself before it subscribes; so after a
 * reconnection they must not subscribe by themselves first.
 *
 * @module
 */
import { ConfigError } from '../../errors.ts'

/** What is used of `createClient({ RESP: 3, emitInvalidate: true })` of node-redis. */
export interface NodeRedisTrackingClient {
  readonly isReady: boolean
  sendCommand(args: string[]): Promise<unknown>
  on(event: string, listener: (...args: unknown[]) => void): unknown
  off(event: string, listener: (...args: unknown[]) => void): unknown
}

/** What is used of `new Redis({ protocol: 2, autoResubscribe: false })` of ioredis, and of iovalkey. */
export interface IoredisTrackingClient {
  readonly status: string
  call(command: string, ...args: string[]): Promise<unknown>
  subscribe(...channels: string[]): Promise<unknown>
  on(event: string, listener: (...args: unknown[]) => void): unknown
  off(event: string, listener: (...args: unknown[]) => void): unknown
}

/** A client of its own for tracking: node-redis, ioredis or iovalkey. No driver is imported. */
export type TrackingClient = NodeRedisTrackingClient | IoredisTrackingClient

/** A connection that can track. */
export interface TrackingLink {
  isReady(): boolean
  /** Asks the server to tell of every change of a key that begins so. Rejects where it does not. */
  track(prefix: string): Promise<void>
  /** `onNames` hears names, or `null` where the server has forgotten all. */
  listen(onReady: () => void, onLost: () => void, onNames: (names: readonly string[] | null) => void): () => void
}

const CHANNEL = '__redis__:invalidate'

/** @throws ConfigError `OPTION_INVALID` where the client is none of them, or not set up for this. */
export function trackingLink(client: unknown): TrackingLink {
  if (has(client, 'call') && has(client, 'subscribe') && !has(client, 'nodes')) {
    const found = strangenessOfIoredis(option(client, 'protocol'), option(client, 'autoResubscribe'))
    if (found !== null) throw invalid(found)
    return ioredisLink(client as unknown as IoredisTrackingClient)
  }
  if (has(client, 'sendCommand') && has(client, 'subscribe') && 'isReady' in client) {
    if (option(client, 'emitInvalidate') === true) return nodeRedisLink(client as unknown as NodeRedisTrackingClient)
    throw invalid(
      'a client of node-redis without emitInvalidate. Make one with createClient({ RESP: 3, emitInvalidate: true })',
    )
  }
  throw invalid(
    `${kindOf(client)}. Pass a client of its own: createClient({ RESP: 3, emitInvalidate: true }) of node-redis, or new Redis({ protocol: 2, autoResubscribe: false }) of ioredis`,
  )
}

function nodeRedisLink(client: NodeRedisTrackingClient): TrackingLink {
  return {
    isReady: () => client.isReady,
    async track(prefix) {
      // The client has turned tracking on by itself, for the keys it reads; the server changes the kind only after off.
      await client.sendCommand(['CLIENT', 'TRACKING', 'OFF'])
      await client.sendCommand(['CLIENT', 'TRACKING', 'ON', 'BCAST', 'PREFIX', prefix])
    },
    listen(onReady, onLost, onNames) {
      return listenTo(client, {
        ready: onReady,
        reconnecting: onLost,
        end: onLost,
        invalidate: (name: unknown) => onNames(name === null ? null : [String(name)]),
      })
    },
  }
}

function ioredisLink(client: IoredisTrackingClient): TrackingLink {
  return {
    isReady: () => client.status === 'ready',
    async track(prefix) {
      const id = String(await client.call('CLIENT', 'ID'))
      await client.call('CLIENT', 'TRACKING', 'ON', 'REDIRECT', id, 'BCAST', 'PREFIX', prefix)
      await client.subscribe(CHANNEL)
    },
    listen(onReady, onLost, onNames) {
      return listenTo(client, {
        ready: onReady,
        close: onLost,
        end: onLost,
        // Several names come as a list. The event `message` would join them with commas, which names may have in them.
        messageBuffer: (channel: unknown, names: unknown) => {
          if (String(channel) === CHANNEL) onNames(Array.isArray(names) ? names.map(String) : null)
        },
      })
    },
  }
}

type Listeners = Readonly<Record<string, (...args: unknown[]) => void>>

function listenTo(client: TrackingClient, listeners: Listeners): () => void {
  for (const [event, listener] of Object.entries(listeners)) client.on(event, listener)
  return () => {
    for (const [event, listener] of Object.entries(listeners)) client.off(event, listener)
  }
}

function strangenessOfIoredis(protocol: unknown, autoResubscribe: unknown): string | null {
  if (protocol !== undefined && Number(protocol) !== 2) {
    return 'a client of ioredis with RESP 3, which drops what tracking tells. Make it with protocol: 2 and autoResubscribe: false'
  }
  if (autoResubscribe !== false) {
    return 'a client of ioredis that subscribes again by itself, before tracking is on. Make it with autoResubscribe: false'
  }
  return null
}

function kindOf(client: unknown): string {
  if (has(client, 'nodes') || has(client, 'getMasterNode')) return 'a client of several servers'
  if (typeof client === 'object' && client !== null) return 'an object that is no client of Redis'
  return `a value of type ${client === null ? 'null' : typeof client}`
}

function option(client: object, name: string): unknown {
  const options: unknown = Reflect.get(client, 'options')
  return typeof options === 'object' && options !== null ? Reflect.get(options, name) : undefined
}

function has(client: unknown, method: string): client is object {
  return typeof client === 'object' && client !== null && typeof Reflect.get(client, method) === 'function'
}

function invalid(found: string): ConfigError {
  return new ConfigError('OPTION_INVALID', `Cannot use the client of redisTracking: found ${found}`, {
    details: { option: 'client' },
  })
}
