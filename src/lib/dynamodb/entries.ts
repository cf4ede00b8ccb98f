/**
 * The calls of a store as conditional writes of single items.
 *
 * In: the calls of `Store`, a table and the items of owners in it. Out: their answers. Must not know how commands are
 * sent, nor how the index of an owner is kept (owner-index.ts).
 *
 * Why every write leaves a mark of its own in the row. A client whose answer got lost sends the same write again, and
 * meets what it wrote itself: without the mark a session just created would count as taken. Only where another write came
 * in between does it not know its own, and says `stale` of what was done.
 *
 * @module
 */
import { randomId } from '../random-id.ts'
import { type Held, isLive, isTaken, ownerOf, refusal } from '../store-rules.ts'
import type { AttributeValue, Item } from './client.ts'
import { ending, itemOf, type Row, rowKey, rowOf } from './item.ts'
import { lastingUntil, type OwnerItems } from './owner-index.ts'
import type { Guard, Outcome, Table } from './table.ts'

interface Listed {
  readonly key: string
  readonly entry: Held
}

/** A row took the place of another; or was refused by one. */
type RowOutcome =
  | { readonly done: true; readonly before: Row | null }
  | { readonly done: false; readonly found: Row | null }

const FREE = 'attribute_not_exists(#pk) OR #expiresAt <= :now'
const LIVE = 'attribute_not_exists(#grave) AND #expiresAt > :now'
const THIS_VERSION = `${LIVE} AND #version = :expected`
const LONGER = `${LIVE} AND #expiresAt < :expiresAt`
const LIVE_GRAVE = 'attribute_exists(#grave) AND #expiresAt > :now'

/** The calls of a store on `table`. */
export function tableEntries(table: Table, owners: OwnerItems) {
  /** The index first, then the row, then what is left over in the index. */
  async function put(row: Listed, write: string, now: number, guard: Guard): Promise<RowOutcome> {
    const { key, entry } = row
    const item = { ...itemOf(key, entry), write: { S: write } }
    const owner = ownerOf(entry)
    const index = owner === undefined ? undefined : await owners.add(owner, key, entry.expiresAt, now)
    const named = index === undefined ? item : { ...item, index: { S: index } }
    const outcome = rowOutcome(await table.put(named, guard))
    if (outcome.done) await owners.drop(outcome.before)
    // Refused, no row has the new index item, but for the one of an earlier try whose answer got lost.
    else if (outcome.found?.index !== index) await owners.drop({ ...row, index })
    return outcome
  }

  /** Where the index is right as it is: one command. */
  async function putKeepingIndex(row: Listed, write: string, guard: Guard): Promise<RowOutcome> {
    const { owner = {}, value = {}, version = {}, expiresAt = {}, ttl = {} } = itemOf(row.key, row.entry)
    const update = 'SET #value = :value, #version = :version, #expiresAt = :expiresAt, #ttl = :ttl, #write = :write'
    const condition = `${guard.condition} AND #owner = :owner AND #index >= :lasting`
    const lasting = lastingUntil(row.entry.expiresAt)
    const values = { ...guard.values, owner, value, version, expiresAt, ttl, write: { S: write }, lasting }
    return rowOutcome(await table.update(rowKey(row.key), update, { ...guard, condition, values }))
  }

  /** `index`: the one to be named from now on, and the one that it takes the place of. */
  async function lengthen(
    key: string,
    expiresAt: number,
    now: number,
    index?: { readonly next: string; readonly last: string },
  ): Promise<RowOutcome> {
    const rightIndex = index === undefined ? '(attribute_not_exists(#index) OR #index >= :lasting)' : '#index = :last'
    const nextIndex = index === undefined ? '' : ', #index = :next'
    const values = {
      ...{ ...ending(expiresAt), now: { N: String(now) }, lasting: lastingUntil(expiresAt) },
      ...(index === undefined ? {} : { next: { S: index.next }, last: { S: index.last } }),
    }
    const guard = { what: 'extend an entry', condition: `${LONGER} AND ${rightIndex}`, values }
    return rowOutcome(await table.update(rowKey(key), `SET #expiresAt = :expiresAt, #ttl = :ttl${nextIndex}`, guard))
  }

  return {
    async find(key: string): Promise<Held | null> {
      const item = await table.get('read an entry', rowKey(key))
      return item === null ? null : rowOf(item).entry
    },

    async create(key: string, entry: Held, now: number): Promise<boolean> {
      const write = newMark()
      const guard = { what: 'create an entry', condition: FREE, values: { now: { N: String(now) } } }
      const outcome = await put({ key, entry }, write, now, guard)
      return outcome.done || outcome.found?.write === write
    },

    async replace(key: string, entry: Held, version: number, now: number): Promise<'done' | 'stale' | 'gone'> {
      const write = newMark()
      const values = { now: { N: String(now) }, expected: { N: String(version) } }
      const guard = { what: 'replace an entry', condition: THIS_VERSION, values }
      let keepIndex = ownerOf(entry) !== undefined
      for (;;) {
        const outcome = await (keepIndex
          ? putKeepingIndex({ key, entry }, write, guard)
          : put({ key, entry }, write, now, guard))
        if (outcome.done || outcome.found?.write === write) return 'done'
        const refused = refusal(outcome.found?.entry ?? null, version, now)
        if (refused !== null) return refused
        // The version is right, so it was the owner or the index; or all of it, but only since the refusal.
        const sameOwner = ownerOf(entry) !== undefined && outcome.found?.entry.ownerId === ownerOf(entry)
        keepIndex = sameOwner && lasts(outcome.found, entry.expiresAt)
      }
    },

    async extend(key: string, expiresAt: number, now: number): Promise<boolean> {
      for (;;) {
        const outcome = await lengthen(key, expiresAt, now)
        if (outcome.done) return true
        const { found } = outcome
        if (found === null || !isLive(found.entry, now)) return false
        if (found.entry.expiresAt >= expiresAt) return true
        const { ownerId } = found.entry
        if (ownerId === undefined || found.index === undefined || lasts(found, expiresAt)) continue
        const next = await owners.add(ownerId, key, expiresAt, now)
        const renewed = await lengthen(key, expiresAt, now, { next, last: found.index })
        if (renewed.done) {
          await owners.drop(renewed.before)
          return true
        }
        if (renewed.found?.index !== next) await owners.drop({ key, entry: found.entry, index: next })
      }
    },

    async bury(key: string, value: string, until: number, now: number): Promise<void> {
      const what = 'bury an entry'
      const item = itemOf(key, { value, version: 1, expiresAt: until, grave: true })
      const times = { ...ending(until), now: { N: String(now) } }
      const { keyText, value: text = {}, version: one = {}, grave = {} } = item
      const values = { ...times, value: text, one, grave, ...(keyText === undefined ? {} : { keyText }) }
      const dig = `SET #value = :value, #grave = :grave, #expiresAt = :expiresAt, #ttl = :ttl,
        #version = if_not_exists(#version, :one)${keyText === undefined ? '' : ', #keyText = :keyText'}
        REMOVE #owner, #ownerText, #index, #write`
      for (;;) {
        const dug = rowOutcome(await table.update(rowKey(key), dig, { what, condition: `NOT (${LIVE_GRAVE})`, values }))
        if (dug.done) return owners.drop(dug.before)
        const keep = { what, condition: `${LIVE_GRAVE} AND #expiresAt < :expiresAt`, values }
        const kept = rowOutcome(await table.update(rowKey(key), 'SET #expiresAt = :expiresAt, #ttl = :ttl', keep))
        const held = kept.done ? null : (kept.found?.entry ?? null)
        if (kept.done || (isTaken(held, now) && held.grave && held.expiresAt >= until)) return
      }
    },

    async *listByOwner(ownerId: string): AsyncGenerator<Listed> {
      for await (const keys of owners.candidates(ownerId)) {
        const rows = (await table.getMany('list the entries of an owner', keys)).map(rowOf)
        for (const { key, entry } of rows) if (ownerOf(entry) === ownerId) yield { key, entry }
      }
    },

    async *entries(after?: string): AsyncGenerator<Listed> {
      const from = after === undefined ? undefined : rowKey(after)
      for await (const items of table.scan('list all entries', 'value', from)) {
        for (const { key, entry } of items.map(rowOf)) yield { key, entry }
      }
    },
  }
}

function rowOutcome(outcome: Outcome): RowOutcome {
  const row = (item: Item | null) => (item === null ? null : rowOf(item))
  return outcome.done ? { done: true, before: row(outcome.attributes) } : { done: false, found: row(outcome.found) }
}

/** Whether the index item of the row outlasts that end. */
function lasts(row: Row | null, expiresAt: number): boolean {
  const { S: least = '' } = lastingUntil(expiresAt) satisfies AttributeValue
  return (row?.index ?? '') >= least
}

function newMark(): string {
  return randomId(12).toString('base64url')
}
