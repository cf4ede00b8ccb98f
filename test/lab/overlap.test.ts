/**
 * Requests of one browser that overlap: held until each has read the session, and only then allowed to write.
 */

import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type MountedLab, mountLab } from './mount.ts'
import { requireFreshBuild } from './run-lab.ts'

const TABS = 5

describe('the lab, in several tabs at once', () => {
  let lab: MountedLab

  beforeAll(requireFreshBuild)

  beforeEach(async () => {
    lab = await mountLab()
  })

  afterEach(() => lab.close())

  /** The next `TABS` reads of the store come back together. */
  function holdReads(): void {
    const { find } = lab.store
    let arrived = 0
    let release = () => {}
    const all = new Promise<void>((resolve) => {
      release = resolve
    })
    lab.store.find = async (key) => {
      const found = await find(key)
      arrived += 1
      if (arrived === TABS) release()
      if (arrived <= TABS) await all
      return found
    }
  }

  it('counts everything that is put into the cart', async () => {
    const cookie = await lab.register()
    holdReads()
    await Promise.all(Array.from({ length: TABS }, () => lab.ask('/cart/add', { form: { sku: 'map' }, cookie })))
    expect((await lab.ask('/cart', { cookie })).body).toMatch(new RegExp(`id="quantity-map"[^>]* value="${TABS}"`))
  })

  it('keeps different things that are put into the cart', async () => {
    const cookie = await lab.register()
    holdReads()
    const skus = ['map', 'flask', 'compass', 'lantern', 'satchel']
    await Promise.all(skus.map((sku) => lab.ask('/cart/add', { form: { sku }, cookie })))
    const { body } = await lab.ask('/cart', { cookie })
    expect(skus.filter((sku) => body.includes(`id="quantity-${sku}"`))).toEqual(skus)
  })
})
