/**
 * The SQL of the PostgreSQL store.
 *
 * In: the names of the tables. Out: texts, with names for the values. Must not know how they are run.
 *
 * @module
 */
import { quotedTables, type TableName } from '../sql/table-name.ts'
import { PAGE } from '../sql/table-store.ts'

/** Rows a sweep removes in one statement: some ten milliseconds, in which it holds up nobody. */
export const SWEEP_BATCH = 1_000

const ENTRY = 'value, version, expires_at, owner, owner_text, grave'
const PARAMS = ':value, :version, :expiresAt, :owner, :ownerText, :grave'
const LIVE = 'NOT grave AND expires_at > :now'
const LIVE_GRAVE = 'held.grave AND held.expires_at > :now'

export const POSTGRES = {
  find: `SELECT ${ENTRY} FROM @entries WHERE key = :key`,
  create: `INSERT INTO @entries AS held (key, key_text, ${ENTRY}) VALUES (:key, :keyText, ${PARAMS})
    ON CONFLICT (key) DO UPDATE SET (${ENTRY}) = (excluded.${ENTRY.replaceAll(', ', ', excluded.')})
    WHERE held.expires_at <= :now`,
  replace: `UPDATE @entries SET (${ENTRY}) = (${PARAMS}) WHERE key = :key AND version = :expected AND ${LIVE}`,
  liveVersion: `SELECT version FROM @entries WHERE key = :key AND ${LIVE}`,
  extend: `UPDATE @entries SET expires_at = greatest(expires_at, :expiresAt) WHERE key = :key AND ${LIVE}`,
  // In SET every column on the right is still the old one, so the order does not matter.
  bury: `INSERT INTO @entries AS held (key, key_text, value, version, expires_at, grave)
    VALUES (:key, :keyText, :value, 1, :until, true)
    ON CONFLICT (key) DO UPDATE SET grave = true,
      value = CASE WHEN ${LIVE_GRAVE} THEN held.value ELSE excluded.value END,
      owner = CASE WHEN ${LIVE_GRAVE} THEN held.owner END,
      owner_text = CASE WHEN ${LIVE_GRAVE} THEN held.owner_text END,
      expires_at = CASE WHEN ${LIVE_GRAVE} THEN greatest(held.expires_at, :until) ELSE excluded.expires_at END`,
  // ARRAY(…) is evaluated once; in a join the rows could be chosen, and locked, again and again. What somebody else
  // holds is left to them, or to the next sweep.
  sweep: `DELETE FROM @entries WHERE expires_at < :before AND key = ANY (ARRAY(
    SELECT key FROM @entries WHERE expires_at < :before ORDER BY expires_at LIMIT ${SWEEP_BATCH} FOR UPDATE SKIP LOCKED))`,
  ofOwner: `SELECT key, key_text, ${ENTRY} FROM @entries
    WHERE owner = :owner AND NOT grave AND key > :after ORDER BY key LIMIT ${PAGE}`,
  all: `SELECT key, key_text, ${ENTRY} FROM @entries WHERE key > :after ORDER BY key LIMIT ${PAGE}`,
  epochOf: 'SELECT epoch FROM @epochs WHERE owner = :owner',
  raiseEpoch: `INSERT INTO @epochs AS held (owner, epoch) VALUES (:owner, greatest(1, CAST(:now AS bigint)))
    ON CONFLICT (owner) DO UPDATE SET epoch = greatest(held.epoch + 1, CAST(:now AS bigint)) RETURNING epoch`,
} as const

/** Any text as an identifier. */
export function quoteName(part: string): string {
  return `"${part.replaceAll('"', '""')}"`
}

/** Makes what is not there yet. `COLLATE "C"` compares bytes, which no update of the system's locales changes. */
export function schemaOf(name: TableName): string {
  const { entries, epochs } = quotedTables(name, quoteName)
  return `CREATE TABLE IF NOT EXISTS ${entries} (
  key text COLLATE "C" NOT NULL PRIMARY KEY,
  key_text text,
  value text NOT NULL,
  version bigint NOT NULL,
  expires_at bigint NOT NULL,
  owner text COLLATE "C",
  owner_text text,
  grave boolean NOT NULL
);
CREATE INDEX IF NOT EXISTS ${quoteName(`${name.table}_owner`)} ON ${entries} (owner, key) WHERE owner IS NOT NULL AND NOT grave;
CREATE INDEX IF NOT EXISTS ${quoteName(`${name.table}_expires_at`)} ON ${entries} (expires_at);
CREATE TABLE IF NOT EXISTS ${epochs} (
  owner text COLLATE "C" NOT NULL PRIMARY KEY,
  epoch bigint NOT NULL
);`
}
