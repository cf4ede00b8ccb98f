/**
 * The cart: its lines, its total, or how to fill it.
 */

import { type Cart, type CartLine, euro, findProduct, MOST_OF_ONE, totalOf } from '../cart.ts'
import { formToken, type Html, html } from '../html.ts'
import { picture } from './shop.ts'

/** What was typed as the quantity of one line, and what is wrong with it. */
export interface QuantityError {
  readonly sku: string
  readonly typed: string
  readonly message: string
}

export function cartPage(cart: Cart, error?: QuantityError): Html {
  if (cart.length === 0) {
    return html`<div class="empty">
<h1>Your cart is empty</h1>
<p>What you add stays here while your session lives, with or without a login.</p>
<p><a class="button" href="/shop">Go to the shop</a></p>
</div>`
  }
  return html`<h1>Your cart</h1>
<ul class="lines">
  ${cart.map((line) => cartLine(line, error?.sku === line.sku ? error : undefined))}
</ul>
<p class="total"><span>Total</span> <strong>${euro(totalOf(cart))}</strong></p>
<p><a href="/shop">Go on shopping</a></p>
<aside class="aside" aria-label="How it works">
  <p><strong>Two tabs, one cart.</strong> Each change is a small function that is run again if another request got there first. Where sessions are kept on the server, nothing you add at the same moment is lost.</p>
</aside>`
}

function cartLine({ sku, quantity }: CartLine, error: QuantityError | undefined): Html | null {
  const product = findProduct(sku)
  if (product === null) return null
  const id = `quantity-${sku}`
  return html`<li class="line">
  ${picture(sku)}
  <div class="line-name">
    <h2>${product.name}</h2>
    <p>${euro(product.price)} each</p>
  </div>
  <p class="line-sum">${euro(product.price * quantity)}</p>
  <div class="line-actions">
    <form class="quantity${error && ' field-wrong'}" method="post" action="/cart" novalidate>${formToken}
      <input type="hidden" name="sku" value="${sku}">
      ${error && html`<p class="error" id="${id}-error"><span class="visually-hidden">Error: </span>${error.message}</p>`}
      <label for="${id}">Pieces<span class="visually-hidden"> of ${product.name}</span></label>
      <input class="short" id="${id}" name="quantity" type="number" inputmode="numeric" min="0" max="${MOST_OF_ONE}" required value="${
        error?.typed ?? quantity
      }"${error && html` aria-invalid="true" aria-describedby="${id}-error" autofocus`}>
      <button class="secondary">Change<span class="visually-hidden"> pieces of ${product.name}</span></button>
    </form>
    <form method="post" action="/cart/remove">${formToken}
      <input type="hidden" name="sku" value="${sku}">
      <button class="quiet">Remove<span class="visually-hidden"> ${product.name}</span></button>
    </form>
  </div>
</li>`
}
