/**
 * What must compile and what must not, checked by `tsc` and never run: the types are half of the promise that nothing
 * is lost on the way.
 */

import { createSessions, type Json, type Session } from '../../src/index.ts'

const options = { origin: 'http://localhost:3000' }

interface Data {
  theme?: 'light' | 'dark'
  cart?: { sku: string; qty: number }[]
  visits?: number
  anything?: Json
}

export function values(session: Session<Data>): void {
  session.set('theme', 'dark')
  session.update('visits', (n = 0) => n + 1)
  session.update('cart', (cart = []) => [...cart, { sku: 'a', qty: 1 }])
  session.set('anything', { deep: [1, 'two', null] })
  const theme: 'light' | 'dark' | undefined = session.get('theme')
  const anything: Json | undefined = session.get('anything')
  session.set('theme', theme)
  session.set('anything', anything)
  // @ts-expect-error not one of the values
  session.set('theme', 'blue')
  // @ts-expect-error not a key
  session.get('them')
  // @ts-expect-error what get hands out is frozen: push would be lost
  session.get('cart')?.push({ sku: 'b', qty: 1 })
  const [first] = session.get('cart') ?? []
  // @ts-expect-error deeply
  if (first) first.qty = 2
  // @ts-expect-error an id is given, never taken
  session.publicId = 'mine'
}

export function data(): void {
  createSessions<Data>(options)
  createSessions(options)
  createSessions<{ nested?: { list: { a: string | null }[] } }>(options)
  createSessions<{ tree?: Tree; json?: OwnJson }>(options)
  // @ts-expect-error a Date does not survive JSON
  createSessions<{ when?: Date }>(options)
  // @ts-expect-error nor does a BigInt
  createSessions<{ big?: bigint }>(options)
  // @ts-expect-error nor a Map, deep inside
  createSessions<{ a?: { b: Map<string, number>[] } }>(options)
  // @ts-expect-error nor a function
  createSessions<{ call?: () => void }>(options)
}

interface Tree {
  name: string
  children: Tree[]
}

type OwnJson = string | number | boolean | null | OwnJson[] | { [key: string]: OwnJson }
