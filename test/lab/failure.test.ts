/**
 * What a person sees when the lab fails: the app alone, over a store and users that can be broken.
 */

import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type MountedLab, mountLab } from './mount.ts'
import { requireFreshBuild } from './run-lab.ts'

describe('the lab, when something fails', () => {
  let lab: MountedLab

  beforeAll(requireFreshBuild)

  beforeEach(async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    vi.spyOn(console, 'warn').mockImplementation(() => {})
    lab = await mountLab()
  })

  afterEach(() => {
    lab.close()
    vi.restoreAllMocks()
  })

  it('says that it cannot be done just now where the store does not answer, and logs nobody out', async () => {
    const cookie = await lab.register()
    lab.store.find = () => Promise.reject(new Error('no route to the store'))
    const failed = await lab.ask('/profile', { cookie })
    expect([failed.status, failed.headers.get('retry-after'), failed.cookies]).toEqual([503, '5', []])
    expect(failed.body).toContain('nobody was logged out')
    expect(failed.body).not.toMatch(/no route|\bat \S+ \(/)
    expect(failed.headers.get('content-security-policy')).toContain("default-src 'none'")
  })

  it('says so too where the store reads but does not write', async () => {
    const cookie = await lab.register()
    lab.store.replace = () => Promise.reject(new Error('the disk is full'))
    const failed = await lab.ask('/cart/add', { form: { sku: 'map' }, cookie })
    expect([failed.status, failed.cookies]).toEqual([503, []])
    expect(failed.body).toContain('Not just now')
  })

  it('tells somebody who logged out in another tab that this was not kept', async () => {
    const cookie = await lab.register()
    const { replace } = lab.store
    lab.store.replace = async (key, entry, version, now) => {
      await lab.store.bury(key, '', now + 60_000, now)
      return replace(key, entry, version, now)
    }
    const overtaken = await lab.ask('/cart/add', { form: { sku: 'map' }, cookie })
    expect(overtaken.status).toBe(409)
    expect(overtaken.body).toContain('Your session changed meanwhile')
  })

  it('clears the cookie of a logout that the store could not be told, and says what that means', async () => {
    const cookie = await lab.register()
    const noRoute = () => Promise.reject<never>(new Error('no route to the store'))
    Object.assign(lab.store, { find: noRoute, replace: noRoute, bury: noRoute })
    const left = await lab.ask('/logout', { form: {}, cookie })
    expect(left.status).toBe(503)
    expect(left.body).toContain('You are logged out here')
    expect(left.cookies.join()).toMatch(/^session=;.*Max-Age=0/)
  })

  it('shows nothing of an error nobody foresaw', async () => {
    const cookie = await lab.register()
    lab.users.find = () => {
      throw new Error('SELECT password_hash failed')
    }
    const failed = await lab.ask('/profile', { cookie })
    expect(failed.status).toBe(500)
    expect(failed.body).toContain('Something broke')
    expect(failed.body).not.toMatch(/SELECT|\bat \S+ \(/)
    expect(console.error).toHaveBeenCalledOnce()
  })
})
