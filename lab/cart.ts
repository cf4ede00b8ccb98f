/**
 * The shop's goods, and the arithmetic of a cart.
 *
 * In: carts and wishes. Out: new carts; the one given stays as it was, so that `session.update` may run a function
 * again when another request of the same browser got there first. Pure.
 */

export interface Product {
  readonly sku: string
  readonly name: string
  readonly text: string
  /** In cents. */
  readonly price: number
}

export interface CartLine {
  readonly sku: string
  readonly quantity: number
}

export type Cart = readonly CartLine[]

export const MOST_OF_ONE = 99

export const PRODUCTS: readonly Product[] = [
  { sku: 'compass', name: 'Compass', text: 'Brass, and it knows where north is.', price: 3_900 },
  { sku: 'notebook', name: 'Notebook', text: '192 dotted pages, lies flat.', price: 1_450 },
  { sku: 'flask', name: 'Flask', text: 'Keeps tea hot through a whole lecture.', price: 2_800 },
  { sku: 'lantern', name: 'Lantern', text: 'For reading after the others sleep.', price: 3_250 },
  { sku: 'map', name: 'Map', text: 'Folds back the way it came.', price: 990 },
  { sku: 'satchel', name: 'Satchel', text: 'Waxed canvas, room for all of these.', price: 8_900 },
]

export function findProduct(sku: string): Product | null {
  return PRODUCTS.find((product) => product.sku === sku) ?? null
}

/** One more of this product, up to the most a cart holds of it. */
export function withOneMore(cart: Cart, sku: string): Cart {
  const line = cart.find((candidate) => candidate.sku === sku)
  if (line === undefined) return [...cart, { sku, quantity: 1 }]
  return withQuantity(cart, sku, Math.min(line.quantity + 1, MOST_OF_ONE))
}

/** The line with this quantity; 0 takes it out. A product that is not in the cart stays out. */
export function withQuantity(cart: Cart, sku: string, quantity: number): Cart {
  return cart.map((line) => (line.sku === sku ? { ...line, quantity } : line)).filter((line) => line.quantity > 0)
}

/** What was typed as a quantity, or `null` if it is none. */
export function toQuantity(text: string): number | null {
  if (!/^\d{1,3}$/.test(text)) return null
  const quantity = Number(text)
  return quantity <= MOST_OF_ONE ? quantity : null
}

export function countOf(cart: Cart): number {
  return cart.reduce((sum, line) => sum + line.quantity, 0)
}

/** In cents. Products that are no longer sold cost nothing and are not shown. */
export function totalOf(cart: Cart): number {
  return cart.reduce((sum, line) => sum + (findProduct(line.sku)?.price ?? 0) * line.quantity, 0)
}

const EURO = new Intl.NumberFormat('en', { style: 'currency', currency: 'EUR' })

export function euro(cents: number): string {
  return EURO.format(cents / 100)
}
