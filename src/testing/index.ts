/**
 * `sojourn/testing`: what tests of an app, an adapter or a store need.
 *
 * @module
 */

export { type Clock, fixedClock } from './clock.ts'
export { type CookieForOptions, cookieFor } from './cookie-for.ts'
export { createJar, type Jar, type JarOptions, type JarRequest } from './jar.ts'
export { type StoreCase, storeContract } from './store-contract.ts'
export { countingStore, failingStore, pausingStore } from './stores.ts'
