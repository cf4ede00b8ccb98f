import { Cluster, Redis } from 'ioredis'
import { createClient } from 'redis'
import { afterAll, describe, expect, test } from 'vitest'
import { ConfigError } from '../errors.ts'
import { type RedisClient, type RedisStoreOptions, redisStore } from './redis.ts'

const client = new Redis({ lazyConnect: true })
const replicaReader = new Cluster([{ port: 1 }], { lazyConnect: true, scaleReads: 'slave' })
afterAll(() => {
  client.disconnect()
  replicaReader.disconnect()
})

function refusal(make: () => unknown): ConfigError {
  try {
    make()
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    expect(error).toMatchObject({ code: 'OPTION_INVALID' })
    return error as ConfigError
  }
  throw new Error('it was accepted')
}

describe('a client', () => {
  test.each<[string, unknown, RegExp]>([
    ['an address', 'redis://localhost', /found a text, perhaps the address of a server/],
    ['a class', Redis, /found a function, perhaps the class of a driver/],
    ['nothing', null, /found a value of type null/],
    ['undefined', undefined, /found a value of type undefined/],
    ['a promise', Promise.resolve(client), /found a promise\. Await it/],
    ['an empty object', {}, /found an object without call or sendCommand/],
    ['a pipeline of ioredis', client.pipeline(), /found a pipeline or transaction/],
    ['a transaction of node-redis', createClient().multi(), /found a pipeline or transaction/],
    ['the legacy interface of node-redis', createClient().legacy(), /found the legacy client of node-redis/],
    ['a cluster client that reads from replicas', replicaReader, /found a cluster client with scaleReads/],
  ])('is not %s', (_, wrong, found) => {
    const error = refusal(() => redisStore(wrong as RedisClient))
    expect(error.message).toMatch(/^Cannot use the client of redisStore: /)
    expect(error.message).toMatch(found)
    expect(error.details).toEqual({ option: 'client' })
  })
})

describe('an option', () => {
  test.each<[RedisStoreOptions | { prefix: unknown; waitReplicas?: unknown }, string]>([
    [{ prefix: '{app}:' }, 'prefix'],
    [{ prefix: 7 }, 'prefix'],
    [{ prefix: 'a\0' }, 'prefix'],
    [{ prefix: '\ud83e' }, 'prefix'],
    [{ waitReplicas: 0 }, 'waitReplicas'],
    [{ waitReplicas: 1.5 }, 'waitReplicas'],
    [{ waitReplicas: { count: -1 } }, 'waitReplicas'],
    [{ waitReplicas: { count: 1, timeout: 0 } }, 'waitReplicas.timeout'],
  ])('%j is refused', (options, option) => {
    const error = refusal(() => redisStore(client, options as RedisStoreOptions))
    expect(error.message).toContain(`Cannot use the option ${option} of redisStore: found `)
    expect(error.details).toEqual({ option })
  })
})
