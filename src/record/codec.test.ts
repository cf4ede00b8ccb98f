import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeRecord, encodeRecord } from './codec.ts'
import { emptyRecord, type SessionRecord } from './record.ts'

// Frozen: every later version must read these.
const FROZEN: [string, SessionRecord][] = [
  ['{"v":1,"c":1700000000000,"d":{}}', emptyRecord(1700000000000)],
  [
    '{"v":1,"c":1700000000000,"d":{"theme":"dark"},"o":"user:7","a":1700000000001,"n":2,"f":[[1,"notice","Saved"]]}',
    {
      ...emptyRecord(1700000000000),
      ownerId: 'user:7',
      authenticatedAt: 1700000000001,
      data: { theme: 'dark' },
      flashes: [{ number: 1, key: 'notice', value: 'Saved' }],
      flashCount: 2,
    },
  ],
  [
    '{"v":1,"c":1700000000000,"d":{},"o":"user:7","a":1700000000001,"e":1690000000000,"l":"Firefox on Linux","p":"kEy"}',
    {
      ...emptyRecord(1700000000000),
      ownerId: 'user:7',
      authenticatedAt: 1700000000001,
      epoch: 1690000000000,
      label: 'Firefox on Linux',
      predecessor: 'kEy',
    },
  ],
  [
    '{"v":1,"c":1700000000000,"d":{},"o":"user:7","a":1700000000001,"k":1700000000002,"s":"c2VlZA","t":"bWFj","r":[2592000000,7776000000]}',
    {
      ...emptyRecord(1700000000000),
      ownerId: 'user:7',
      authenticatedAt: 1700000000001,
      confirmedAt: 1700000000002,
      seed: 'c2VlZA',
      stamp: 'bWFj',
      limits: { idle: 2_592_000_000, absolute: 7_776_000_000 },
    },
  ],
  [
    '{"v":1,"c":1700000000000,"d":{},"q":"user:7","s":"c2VlZA"}',
    { ...emptyRecord(1700000000000), pendingOwnerId: 'user:7', seed: 'c2VlZA' },
  ],
]

describe('the text of a record', () => {
  test.each(FROZEN)('%s opens for ever, and is written the same', (text, record) => {
    expect(decodeRecord(text)).toEqual(record)
    expect(encodeRecord(record)).toBe(text)
  })

  test.each([
    '',
    'null',
    '[]',
    '{}',
    '"v"',
    '{"v":2,"c":1,"d":{}}',
    '{"v":1,"c":-1,"d":{}}',
    '{"v":1,"c":1.5,"d":{}}',
    '{"v":1,"c":"1","d":{}}',
    '{"v":1,"c":1,"d":[]}',
    '{"v":1,"c":1,"d":null}',
    '{"v":1,"c":1,"d":{},"o":7}',
    '{"v":1,"c":1,"d":{},"a":"x"}',
    '{"v":1,"c":1,"d":{},"e":-1}',
    '{"v":1,"c":1,"d":{},"l":1}',
    '{"v":1,"c":1,"d":{},"p":{}}',
    '{"v":1,"c":1,"d":{},"f":{}}',
    '{"v":1,"c":1,"d":{},"f":[[1,"a"]]}',
    '{"v":1,"c":1,"d":{},"f":[["1","a",1]]}',
    ...['o', 'q', 'l', 's', 't', 'p'].flatMap((field) =>
      ['7', 'true', '{}', '["a"]'].map((value) => `{"v":1,"c":1,"d":{},"${field}":${value}}`),
    ),
    ...['a', 'k', 'e', 'n'].flatMap((field) =>
      ['"1"', '-1', '1.5', '1e400', '[1]', 'true', '9007199254740992'].map(
        (value) => `{"v":1,"c":1,"d":{},"${field}":${value}}`,
      ),
    ),
    ...['null', '{}', '[]', '[1]', '[1,2,3]', '["1",2]', '[1,-2]', '[1,null]', '"1,2"', '[1,1e400]', '[0.5,1]'].map(
      (limits) => `{"v":1,"c":1,"d":{},"r":${limits}}`,
    ),
    '{"v":1,"c":1,"d":{}',
    `{"v":1,"c":1,"d":{"a":${'['.repeat(10_000)}`,
  ])('%s is no record, and no exception', (text) => {
    expect(decodeRecord(text)).toBeNull()
  })

  test('no text makes it throw', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const record = decodeRecord(text)
        expect(record === null || typeof record.createdAt === 'number').toBe(true)
      }),
    )
  })

  test('any record comes back as it was', () => {
    const text = fc.option(fc.string(), { nil: null })
    const time = fc.option(fc.maxSafeNat(), { nil: null })
    const records = fc.record<SessionRecord>({
      createdAt: fc.maxSafeNat(),
      ownerId: text,
      pendingOwnerId: text,
      authenticatedAt: time,
      confirmedAt: time,
      epoch: fc.maxSafeNat(),
      label: text,
      seed: text,
      stamp: text,
      limits: fc.option(fc.record({ idle: fc.maxSafeNat(), absolute: fc.maxSafeNat() }), { nil: null }),
      predecessor: text,
      data: fc.constant({}),
      flashes: fc.array(fc.record({ number: fc.maxSafeNat(), key: fc.string(), value: fc.constant(null) })),
      flashCount: fc.maxSafeNat(),
    })
    fc.assert(
      fc.property(records, (record) => {
        expect(decodeRecord(encodeRecord(record))).toEqual(record)
      }),
    )
  })

  test('any data come back as they were, also under keys like __proto__', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (data) => {
        const record = { ...FROZEN[0]?.[1], data } as SessionRecord
        const text = encodeRecord(record)
        expect(JSON.stringify(decodeRecord(text)?.data)).toBe(JSON.stringify(data))
      }),
    )
  })
})
