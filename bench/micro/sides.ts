/**
 * What the micro rows measure: one operation of one library, done n times.
 *
 * A side is prepared once; its operations then take Cookie headers or records from a ring of many, so that "cold" really is
 * the first sight of a cookie, or from a ring of few. Every header is cut anew, as a server's would be.
 *
 * @module
 */
import { randomBytes, randomFillSync } from 'node:crypto'
import { cookieValues } from '../../dist/cookie/parse.js'
import { createKeyring } from '../../dist/crypto/keyring.js'
import { createSealer } from '../../dist/crypto/seal.js'
import { createSignedFields } from '../../dist/crypto/signed-fields.js'
import { createTokens } from '../../dist/crypto/token.js'
import { createSessions } from '../../dist/index.js'
import { randomId } from '../../dist/lib/random-id.js'
import { applyOperations } from '../../dist/record/operations.js'
import { memoryStore } from '../../dist/store/memory.js'
import { type SealedHeld, sealedTransport } from '../../dist/transport/sealed.js'
import { HEAD_BYTES } from '../../dist/transport/sealed-layout.js'
import type { Outcome } from '../../dist/transport/transport.js'
import { dataOf, SECRET } from '../lib/record.ts'
import { createSealedLimit } from '../limit/sessions.ts'

/** Does an operation `count` times. */
export type Operation = (count: number) => void | Promise<void>
export type Prepare = (bytes: number) => Operation | Promise<Operation>

const DAY = 24 * 3_600_000
/** More than any memo holds, so that whoever comes round has been forgotten. */
const MANY = 20_000
const FEW = 50

/** Hands out the things of a ring in turns. */
export function ringOf<Thing>(things: readonly Thing[]): () => Thing {
  let at = 0
  return () => {
    if (at === things.length) at = 0
    return things[at++] as Thing
  }
}

/** A header as a server has it: the value is a part of a text, not one of its own. */
export function headersOf(values: readonly string[]): () => string {
  const next = ringOf(values.map((value) => Buffer.from(`session=${value}`)))
  return () => next().toString('latin1')
}

export function transport(prefixMessages: number | null, memo?: false) {
  const keyring = createKeyring([SECRET])
  const limits = prefixMessages === null ? {} : { prefixLimits: { messages: prefixMessages, age: DAY } }
  return sealedTransport({
    sealer: createSealer(keyring, 'seal', 'session', limits),
    seen: createSignedFields(keyring, 'seen', 'session', HEAD_BYTES),
    limits: { idle: DAY, absolute: DAY },
    admit: (held) => ({ type: 'live', held }),
    cookieName: 'session',
    revocations: null,
    onEvent() {},
    ...(memo === false && { memo }),
  })
}

type Sealed = ReturnType<typeof transport>

function sealed(from: Sealed, bytes: number): { value: string; held: SealedHeld } {
  const operations = Object.entries(dataOf(bytes)).map(([key, value]) => ({ type: 'set', key, value }) as never)
  const outcome = from.commit({ type: 'create', operations }, Date.now()) as Outcome<SealedHeld>
  if (outcome.type !== 'set' || outcome.session === undefined) throw new Error('No cookie was made')
  return { value: outcome.session, held: outcome.held }
}

function sealedRead(prefixMessages: number | null, count: number): Prepare {
  return (bytes) => {
    const from = transport(prefixMessages)
    const next = headersOf(Array.from({ length: count }, () => sealed(from, bytes).value))
    // Another process: it has seen none of these cookies.
    const reader = transport(null)
    return (times) => {
      for (let i = 0; i < times; i++) {
        const opened = reader.open({ session: [next().slice(8)], seen: [] }, Date.now())
        if (!('type' in opened) || opened.type !== 'live') throw new Error('A session did not open')
      }
    }
  }
}

const BOUND = Buffer.from('\x01seal\0session')

function limitRead(bound: Buffer | null): Prepare {
  return (bytes) => readOf(createSealedLimit({ bound }), bytes)
}

function readOf(limit: ReturnType<typeof createSealedLimit>, bytes: number): Operation {
  const record = { v: 1, c: Date.now(), d: dataOf(bytes) }
  const next = headersOf(Array.from({ length: MANY }, () => limit.seal(record)))
  return (times) => {
    for (let i = 0; i < times; i++) if (limit.open(next().slice(8)).v !== 1) throw new Error('It did not open')
  }
}

function limitWrite(bound: Buffer | null): Prepare {
  return (bytes) => writeOf(createSealedLimit({ bound }), bytes)
}

function writeOf(limit: ReturnType<typeof createSealedLimit>, bytes: number): Operation {
  const record = { v: 1, c: Date.now(), d: dataOf(bytes) }
  let sum = 0
  return (times) => {
    for (let i = 0; i < times; i++) sum += limit.seal(record).length
    if (sum === 0) throw new Error('Nothing was sealed')
  }
}

const sealedWrite: Prepare = (bytes) => {
  const from = transport(null)
  const { held } = sealed(from, bytes)
  const operations = [{ type: 'set', key: 'visits', value: 1 } as never]
  return (times) => {
    for (let i = 0; i < times; i++) {
      const record = applyOperations(held.record, operations)
      const outcome = from.commit({ type: 'write', held, operations, record, active: true }, Date.now())
      if (!('type' in outcome) || outcome.type !== 'set') throw new Error('Nothing was sealed')
    }
  }
}

const tokens = () => createTokens(createKeyring([SECRET]), 'session')

function cookies(count: number): Prepare {
  return () => {
    const { text } = tokens().issue()
    const others = Array.from({ length: count - 1 }, (_, n) => `name_${n}=${randomBytes(12).toString('hex')}`)
    others.splice(Math.floor(others.length / 2), 0, `session=${text}`)
    const header = others.join('; ')
    return (times) => {
      for (let i = 0; i < times; i++)
        if (cookieValues(header, 'session')[0] !== text) throw new Error('It was not found')
    }
  }
}

/** What a socket or a job does: open by headers, read a value. */
function wholeRead(stored: boolean, count: number): Prepare {
  return async (bytes) => {
    const sessions = createSessions<Record<string, never>>({
      origin: 'http://localhost:3000',
      secret: SECRET,
      ...(stored && { store: memoryStore() }),
    })
    const made: string[] = []
    for (let n = 0; n < count; n++) {
      const session = await sessions.open({})
      for (const [key, value] of Object.entries(dataOf(bytes))) session.set(key, value as never)
      const { setCookies } = await sessions.commit(session)
      made.push(setCookies[0]?.split(';')[0]?.slice(8) ?? '')
    }
    const next = headersOf(made)
    return async (times) => {
      for (let i = 0; i < times; i++) {
        const session = await sessions.open({ cookie: next() })
        if (session.get('name') === undefined) throw new Error('It was not read')
      }
    }
  }
}

export const sides: Readonly<Record<string, Prepare>> = {
  'limit/read': limitRead(null),
  'limit/write': limitWrite(null),
  'limit/read-bound': limitRead(BOUND),
  'limit/write-bound': limitWrite(BOUND),
  'sojourn/read-known-prefix': sealedRead(null, MANY),
  'sojourn/read-new-prefix': sealedRead(1, MANY),
  'sojourn/read-seen': sealedRead(null, FEW),
  'sojourn/write': sealedWrite,
  'sojourn/whole-read-sealed': wholeRead(false, FEW),
  'sojourn/whole-read-memory': wholeRead(true, FEW),
  'sojourn/cookies-1': cookies(1),
  'sojourn/cookies-20': cookies(20),
  'limit/random-bytes': () => {
    const into = Buffer.alloc(32)
    return (times) => {
      for (let i = 0; i < times; i++) randomFillSync(into)
    }
  },
  'sojourn/token-random': () => (times) => {
    for (let i = 0; i < times; i++) randomId(32)
  },
  'sojourn/token-issue': () => {
    const { issue } = tokens()
    return (times) => {
      for (let i = 0; i < times; i++) issue()
    }
  },
  'sojourn/token-open': () => {
    const { issue, open } = tokens()
    const next = headersOf(Array.from({ length: 1_000 }, () => issue().text))
    return (times) => {
      for (let i = 0; i < times; i++) if (!open(next().slice(8)).ok) throw new Error('A token did not open')
    }
  },
}
