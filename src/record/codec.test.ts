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
