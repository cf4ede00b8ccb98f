import { expect, test } from 'vitest'
import { ConfigError } from '../../errors.ts'
import { quotedTables, requireTable } from './table-name.ts'

const quote = (part: string) => `[${part}]`

test.each([
  [undefined, '[sojourn_sessions]', '[sojourn_sessions_epochs]'],
  ['sessions', '[sessions]', '[sessions_epochs]'],
  ['app.sessions', '[app].[sessions]', '[app].[sessions_epochs]'],
  ['"app"."sessions"', '["app"].["sessions"]', '["app"].["sessions"_epochs]'],
  ["it's; DROP", "[it's; DROP]", "[it's; DROP_epochs]"],
  ['x'.repeat(48), `[${'x'.repeat(48)}]`, `[${'x'.repeat(48)}_epochs]`],
])('%s names %s and %s', (table, entries, epochs) => {
  expect(quotedTables(requireTable('someStore', table), quote)).toEqual({ entries, epochs })
})

test.each([
  [7, 'a value of type number'],
  [null, 'a value of type null'],
  ['', 'an empty name'],
  ['app.', 'an empty name'],
  ['.sessions', 'an empty name'],
  ['a.b.c', 'a text with 2 dots'],
  ['a\0b', 'a text with a NUL'],
  ['a\ud83e', 'a text with half a character'],
  ['x'.repeat(49), 'a name of 49 bytes'],
  ['é'.repeat(25), 'a name of 50 bytes'],
])('%j is refused, and the message says what was found', (table, found) => {
  expect(() => requireTable('someStore', table)).toThrow(ConfigError)
  expect(() => requireTable('someStore', table)).toThrow(
    `Cannot use the option table of someStore: found ${found}. Pass `,
  )
})
