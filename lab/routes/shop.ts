/**
 * The shop and its cart.
 *
 * Every change goes through `session.update`: two tabs that add something at the same moment both count.
 */

import { Router } from 'express'
import { type Cart, findProduct, MOST_OF_ONE, toQuantity, withOneMore, withQuantity } from '../cart.ts'
import { field } from '../fields.ts'
import type { Lab } from '../lab.ts'
import { cartPage } from '../pages/cart.ts'
import { shopPage } from '../pages/shop.ts'
import { leadTo, sendPage } from '../send.ts'

const NONE: Cart = []

export function shopRoutes(lab: Lab): Router {
  const { sessions } = lab
  const router = Router()

  router.get('/shop', async (req, res) => {
    await sendPage(lab, req, res, { title: 'Shop', main: shopPage(sessions.of(req).get('cart') ?? NONE) })
  })

  router.get('/cart', async (req, res) => {
    await sendPage(lab, req, res, { title: 'Cart', main: cartPage(sessions.of(req).get('cart') ?? NONE) })
  })

  router.post('/cart/add', async (req, res, next) => {
    const product = findProduct(field(req, 'sku'))
    if (product === null) return next()
    const session = sessions.of(req)
    session.update('cart', (cart = NONE) => withOneMore(cart, product.sku))
    session.flash('notice', `${product.name} is in your cart.`)
    await leadTo(lab, req, res, '/shop')
  })

  router.post('/cart', async (req, res, next) => {
    const product = findProduct(field(req, 'sku'))
    if (product === null) return next()
    const session = sessions.of(req)
    const typed = field(req, 'quantity').trim()
    const quantity = toQuantity(typed)
    if (quantity === null) {
      const error = { sku: product.sku, typed, message: `Enter a whole number from 0 to ${MOST_OF_ONE}` }
      const main = cartPage(session.get('cart') ?? NONE, error)
      return sendPage(lab, req, res, { title: 'Cart', main, status: 422 })
    }
    session.update('cart', (cart = NONE) => withQuantity(cart, product.sku, quantity))
    session.flash('notice', quantity === 0 ? `${product.name} is out of your cart.` : 'Your cart is up to date.')
    await leadTo(lab, req, res, '/cart')
  })

  router.post('/cart/remove', async (req, res, next) => {
    const product = findProduct(field(req, 'sku'))
    if (product === null) return next()
    const session = sessions.of(req)
    session.update('cart', (cart = NONE) => withQuantity(cart, product.sku, 0))
    session.flash('notice', `${product.name} is out of your cart.`)
    await leadTo(lab, req, res, '/cart')
  })

  return router
}
