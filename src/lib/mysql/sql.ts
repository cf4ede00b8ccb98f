/**
 * The SQL of the MySQL store, in what MySQL 8 and MariaDB have in common.
 *
 * In: the names of the tables. Out: texts, with names for the values. Must not know how they are run.
 *
 * @module
 */
import { quotedTables, type TableName } from '../sql/table-name.ts'
import { PAGE } from '../sql/table-store.ts'

/** Rows a sweep removes in one statement: some milliseconds, in which only those rows are locked. */
const SWEEP_BATCH = 200

/** The names of the keys that `sweep` takes. */
export const SWEEP_KEYS: readonly string[] = Array.from({ length: SWEEP_BATCH }, (_, n) => `key${n}`)

// As bytes, so that it does not matter which character set the connection has.
const ENTRY =
  'CAST(value AS BINARY) AS value, version, expires_at, owner, CAST(owner_text AS BINARY) AS owner_text, grave'
const KEY = '`key`, CAST(key_text AS BINARY) AS key_text'
const COLUMNS = 'value, version, expires_at, owner, owner_text, grave'
const PARAMS = ':value, :version, :expiresAt, :owner, :ownerText, :grave'
const LIVE = 'NOT grave AND expires_at > :now'
const LIVE_GRAVE = 'grave AND expires_at > :now'

// "Changed rows" are the found ones or the different ones, as a flag of the connection has it. Counting writes makes
// every found row a different one, so that both say the same.
const COUNT = 'writes = writes + 1'
const OVERWRITE = `value = :value, version = :version, expires_at = :expiresAt,
    owner = :owner, owner_text = :ownerText, grave = :grave, ${COUNT}`

export const MYSQL = {
  find: `SELECT ${ENTRY} FROM @entries WHERE \`key\` = :key`,
  // Two statements: ON DUPLICATE KEY UPDATE has no WHERE, and its answer does not tell "added" from "left alone".
  add: `INSERT INTO @entries (\`key\`, key_text, ${COLUMNS}) VALUES (:key, :keyText, ${PARAMS})`,
  takeOver: `UPDATE @entries SET ${OVERWRITE} WHERE \`key\` = :key AND expires_at <= :now`,
  taken: `SELECT version FROM @entries WHERE \`key\` = :key AND expires_at > :now`,
  replace: `UPDATE @entries SET ${OVERWRITE} WHERE \`key\` = :key AND version = :expected AND ${LIVE}`,
  liveVersion: `SELECT version FROM @entries WHERE \`key\` = :key AND ${LIVE}`,
  extend: `UPDATE @entries SET expires_at = GREATEST(expires_at, :expiresAt), ${COUNT} WHERE \`key\` = :key AND ${LIVE}`,
  // From left to right: what is assigned counts from there on, so the columns that are asked for come last.
  bury: `INSERT INTO @entries (\`key\`, key_text, value, version, expires_at, grave)
    VALUES (:key, :keyText, :value, 1, :until, TRUE)
    ON DUPLICATE KEY UPDATE
      value = IF(${LIVE_GRAVE}, value, :value),
      owner = IF(${LIVE_GRAVE}, owner, NULL),
      owner_text = IF(${LIVE_GRAVE}, owner_text, NULL),
      expires_at = IF(${LIVE_GRAVE}, GREATEST(expires_at, :until), :until),
      grave = TRUE, ${COUNT}`,
  // Found without a lock and removed by primary key: a DELETE over the index of times would lock the gaps between.
  ended: `SELECT \`key\` FROM @entries WHERE expires_at < :before ORDER BY expires_at LIMIT ${SWEEP_BATCH}`,
  sweep: `DELETE FROM @entries WHERE \`key\` IN (${SWEEP_KEYS.map((name) => `:${name}`).join(', ')}) AND expires_at < :before`,
  ofOwner: `SELECT ${KEY}, ${ENTRY} FROM @entries
    WHERE owner = :owner AND NOT grave AND \`key\` > :after ORDER BY \`key\` LIMIT ${PAGE}`,
  all: `SELECT ${KEY}, ${ENTRY} FROM @entries WHERE \`key\` > :after ORDER BY \`key\` LIMIT ${PAGE}`,
  epochOf: 'SELECT epoch FROM @epochs WHERE owner = :owner',
  // LAST_INSERT_ID(x) is x, and brings it back in the answer to the very statement.
  raiseEpoch: `INSERT INTO @epochs (owner, epoch) VALUES (:owner, LAST_INSERT_ID(GREATEST(1, CAST(:now AS SIGNED))))
    ON DUPLICATE KEY UPDATE epoch = LAST_INSERT_ID(GREATEST(epoch + 1, CAST(:now AS SIGNED)))`,
} as const

/** Any text as an identifier. */
export function quoteName(part: string): string {
  return `\`${part.replaceAll('`', '``')}\``
}

/** Makes what is not there yet, one statement each. Names and epochs compare by byte: no case or accent folds two. */
export function schemaOf(name: TableName): readonly string[] {
  const { entries, epochs } = quotedTables(name, quoteName)
  const options = 'ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin'
  const shortName = 'VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin'
  return [
    `CREATE TABLE IF NOT EXISTS ${entries} (
  \`key\` ${shortName} NOT NULL PRIMARY KEY,
  key_text LONGTEXT,
  value LONGTEXT NOT NULL,
  version BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  owner ${shortName},
  owner_text LONGTEXT,
  grave BOOLEAN NOT NULL,
  writes BIGINT UNSIGNED NOT NULL DEFAULT 0,
  KEY owner (owner),
  KEY expires_at (expires_at)
) ${options}`,
    `CREATE TABLE IF NOT EXISTS ${epochs} (
  owner ${shortName} NOT NULL PRIMARY KEY,
  epoch BIGINT NOT NULL
) ${options}`,
  ]
}
