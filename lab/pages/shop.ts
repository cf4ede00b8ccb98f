/**
 * The goods.
 */

import { assetUrl } from '../assets.ts'
import { type Cart, euro, PRODUCTS, type Product } from '../cart.ts'
import { formToken, type Html, html } from '../html.ts'

export function shopPage(cart: Cart): Html {
  return html`<h1>Shop</h1>
<p class="lead">Things one takes along. Nothing here costs real money.</p>
<ul class="goods">
  ${PRODUCTS.map((product) => goodsCard(product, quantityIn(cart, product.sku)))}
</ul>`
}

/** The picture of a product; the name beside it says what it shows. */
export function picture(sku: string): Html {
  return html`<svg class="picture" viewBox="0 0 48 48" aria-hidden="true"><use href="${assetUrl('goods.svg')}#${sku}"></use></svg>`
}

function goodsCard({ sku, name, text, price }: Product, quantity: number): Html {
  return html`<li class="card">
  <div class="card-picture">${picture(sku)}</div>
  <h2>${name}</h2>
  <p>${text}</p>
  <p class="price">${euro(price)}${quantity > 0 && html` <span class="in-cart">${quantity} in your cart</span>`}</p>
  <form method="post" action="/cart/add">${formToken}
    <input type="hidden" name="sku" value="${sku}">
    <button class="secondary">Add<span class="visually-hidden"> ${name}</span> to cart</button>
  </form>
</li>`
}

function quantityIn(cart: Cart, sku: string): number {
  return cart.find((line) => line.sku === sku)?.quantity ?? 0
}
