/**
 * Record <-> text: JSON with a version.
 *
 * In: a record, or any text found in a row or inside a seal. Out: text, or a record, or `null` for what this version
 * cannot read. Never throws on text. Must not know: where the text came from.
 *
 * The format is frozen: test/vector holds one of each kind, and they open for ever. A field may be added where its
 * absence means what it meant before; anything else is a new version.
 *
 * @module
 */

import type { Json, JsonObject } from './json.ts'
import type { Limits } from './lifetime.ts'
import type { Flash, SessionRecord } from './record.ts'

const VERSION = 1

interface Wire {
  v: number
  c: number
  o?: string
  q?: string
  a?: number
  k?: number
  e?: number
  l?: string
  s?: string
  t?: string
  r?: [idle: number, absolute: number]
  p?: string
  n?: number
  f?: [number, string, Json][]
  d: JsonObject
}

/** The text of a record. What is empty is left out: most sessions have no flash and no owner. */
export function encodeRecord(record: SessionRecord): string {
  const wire: Wire = { v: VERSION, c: record.createdAt, d: record.data }
  if (record.ownerId !== null) wire.o = record.ownerId
  if (record.pendingOwnerId !== null) wire.q = record.pendingOwnerId
  if (record.authenticatedAt !== null) wire.a = record.authenticatedAt
  if (record.confirmedAt !== null) wire.k = record.confirmedAt
  if (record.epoch > 0) wire.e = record.epoch
  if (record.label !== null) wire.l = record.label
  if (record.seed !== null) wire.s = record.seed
  if (record.stamp !== null) wire.t = record.stamp
  if (record.limits !== null) wire.r = [record.limits.idle, record.limits.absolute]
  if (record.predecessor !== null) wire.p = record.predecessor
  if (record.flashCount > 0) wire.n = record.flashCount
  if (record.flashes.length > 0) wire.f = record.flashes.map(({ number, key, value }) => [number, key, value])
  return JSON.stringify(wire)
}

/** The record a text holds, or `null` if it is corrupt, foreign or of a later version. */
export function decodeRecord(text: string): SessionRecord | null {
  let wire: Partial<Wire> | null
  try {
    wire = JSON.parse(text)
  } catch {
    return null
  }
  if (!isObject(wire) || wire.v !== VERSION || !isTime(wire.c) || !isObject(wire.d)) return null
  const { o = null, q = null, a = null, k = null, e = 0, l = null, s = null, t = null, p = null, n = 0, f = [] } = wire
  if (!isText(o) || !isText(q) || !isText(l) || !isText(s) || !isText(t) || !isText(p)) return null
  if (!isTimeOrNull(a) || !isTimeOrNull(k) || !isTime(e) || !isTime(n) || !Array.isArray(f)) return null
  const limits = limitsOf(wire.r)
  if (limits === undefined) return null
  const flashes: Flash[] = []
  for (const item of f) {
    if (!Array.isArray(item) || item.length !== 3 || !isTime(item[0]) || typeof item[1] !== 'string') return null
    flashes.push({ number: item[0], key: item[1], value: item[2] })
  }
  return {
    createdAt: wire.c,
    ownerId: o,
    pendingOwnerId: q,
    authenticatedAt: a,
    confirmedAt: k,
    epoch: e,
    label: l,
    seed: s,
    stamp: t,
    limits,
    predecessor: p,
    data: wire.d,
    flashes,
    flashCount: n,
  }
}

function isObject(value: unknown): value is JsonObject & object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isText(value: unknown): value is string | null {
  return value === null || typeof value === 'string'
}

/** `undefined` for what are no limits. */
function limitsOf(pair: unknown): Limits | null | undefined {
  if (pair === undefined) return null
  if (!Array.isArray(pair) || pair.length !== 2 || !isTime(pair[0]) || !isTime(pair[1])) return undefined
  return { idle: pair[0], absolute: pair[1] }
}

function isTimeOrNull(value: unknown): value is number | null {
  return value === null || isTime(value)
}

function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
