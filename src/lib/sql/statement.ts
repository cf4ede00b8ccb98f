/**
 * SQL with names in it -> SQL as a driver takes it.
 *
 * In: a text in which `:version` stands for a value and `@entries` for a table. Out: the text with the driver's marks,
 * and which value belongs to which. Must not know what a statement does.
 *
 * @module
 */
/** A statement, ready to be run with values. */
export interface Statement {
  readonly text: string
  valuesOf<Value>(params: Readonly<Record<string, Value>>): Value[]
}

/** How a driver marks values: `$1`, which may be repeated, or a `?` for each. */
export type Marks = 'numbered' | 'in order'

/** The tables by name, as SQL takes them. */
export interface Tables {
  readonly entries: string
  readonly epochs: string
}

/** Compiles all texts of one dialect. */
export function compile<Name extends string>(
  texts: Readonly<Record<Name, string>>,
  tables: Tables,
  marks: Marks,
): Record<Name, Statement> {
  const compiled = Object.entries<string>(texts).map(([name, text]) => [name, statement(text, tables, marks)])
  return Object.fromEntries(compiled)
}

function statement(template: string, tables: Tables, marks: Marks): Statement {
  const names: string[] = []
  // One pass, so that a table whose own name has ":a" or "@b" in it is not read again.
  const text = template.replace(/@(entries|epochs)\b|:(\w+)/g, (_, table?: 'entries' | 'epochs', name = '') => {
    if (table !== undefined) return tables[table]
    if (marks === 'in order') {
      names.push(name)
      return '?'
    }
    if (!names.includes(name)) names.push(name)
    return `$${names.indexOf(name) + 1}`
  })
  return {
    text,
    valuesOf: (params) =>
      names.map((name) => {
        const value = params[name]
        if (value === undefined) throw new TypeError(`No value for :${name}`)
        return value
      }),
  }
}
