/**
 * What a developer calls the table -> the names of both tables as SQL takes them.
 *
 * In: the option `table`. Out: quoted names, or a ConfigError that says what was found. The first dot parts a schema
 * from its table; all else, quotes, blanks and capitals included, is part of the name, and nothing in it is ever SQL.
 *
 * @module
 */
import { ConfigError } from '../../errors.ts'
import type { Tables } from './statement.ts'

/** What a table is called unless told. */
export const DEFAULT_TABLE = 'sojourn_sessions'

// PostgreSQL cuts names after 63 bytes, MySQL refuses them after 64 characters; indexes and the second table need an
// ending. Cut, two names could become one.
const LONGEST = 48

/** Quotes one part of a name. */
export type Quote = (part: string) => string

/** A table's name in its parts, checked. */
export interface TableName {
  readonly schema: string | null
  readonly table: string
}

/** @throws ConfigError `OPTION_INVALID` where `table` cannot be a table of `store`. */
export function requireTable(store: string, table: unknown = DEFAULT_TABLE): TableName {
  const found = strangeness(table)
  if (found !== null || typeof table !== 'string') {
    throw new ConfigError(
      'OPTION_INVALID',
      `Cannot use the option table of ${store}: found ${found}. Pass "table" or "schema.table", each of 1 to ${LONGEST} bytes`,
      { details: { option: 'table' } },
    )
  }
  const [first = '', second] = table.split('.')
  return second === undefined ? { schema: null, table: first } : { schema: first, table: second }
}

/** Both tables: of the entries, and of the epochs. */
export function quotedTables({ schema, table }: TableName, quote: Quote): Tables {
  const before = schema === null ? '' : `${quote(schema)}.`
  return { entries: before + quote(table), epochs: before + quote(`${table}_epochs`) }
}

function strangeness(table: unknown): string | null {
  if (typeof table !== 'string') return `a value of type ${table === null ? 'null' : typeof table}`
  if (table.includes('\0')) return 'a text with a NUL'
  if (/\p{Surrogate}/u.test(table)) return 'a text with half a character'
  const parts = table.split('.')
  if (parts.length > 2) return `a text with ${parts.length - 1} dots`
  if (parts.includes('')) return 'an empty name'
  const longest = Math.max(...parts.map((part) => Buffer.byteLength(part)))
  return longest > LONGEST ? `a name of ${longest} bytes` : null
}
