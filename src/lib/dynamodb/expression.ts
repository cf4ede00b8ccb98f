/**
 * Expressions -> what the server wants to have beside them.
 *
 * In: texts in which `#owner` stands for the attribute of that very name and `:owner` for a value. Out: the names and the
 * values they use, and no others, which the server would refuse. Every attribute is written with a `#`: 573 words are
 * reserved, `value`, `owner` and `ttl` among them. Must not know what an expression says.
 *
 * @module
 */
import type { AttributeValue, Item, References } from './client.ts'

/** What `texts` refer to, out of `values`. */
export function referencesOf(texts: readonly string[], values: Readonly<Record<string, AttributeValue>>): References {
  const words = texts.join(' ')
  const names = [...words.matchAll(/#(\w+)/g)].map(([mark, name = '']) => [mark, name])
  const used = [...words.matchAll(/:(\w+)/g)].map(([mark, name = '']): [string, AttributeValue] => {
    const value = values[name]
    if (value === undefined) throw new TypeError(`No value for ${mark}`)
    return [mark, value]
  })
  const marked: Item = Object.fromEntries(used)
  return {
    ExpressionAttributeNames: Object.fromEntries(names),
    // The server refuses an empty list.
    ...(used.length === 0 ? {} : { ExpressionAttributeValues: marked }),
  }
}
