/**
 * Register, log in, log out, and the page that needs a login.
 *
 * In: forms. Out: pages and redirects. A wrong password and an unknown name get the same answer after the same work.
 */

import { type Request, type Response, Router } from 'express'
import { hashPassword, needsRehash, verifyPassword } from 'sojourn/auth'
import { loginRequired } from 'sojourn/express'
import { field, trimmedField } from '../fields.ts'
import type { Lab } from '../lab.ts'
import { loginPage, profilePage, registerPage } from '../pages/account.ts'
import { passwordError } from '../password-rules.ts'
import { leadTo, sendPage } from '../send.ts'
import type { User } from '../users.ts'

const LONGEST_NAME = 40

export function accountRoutes(lab: Lab): Router {
  const { sessions, auth, users } = lab
  const router = Router()

  router.get('/register', async (req, res) => {
    if (await auth.currentUser(req)) return leadTo(lab, req, res, auth.nextUrl(req))
    await sendPage(lab, req, res, { title: 'Register', main: registerPage({ next: auth.nextUrl(req) }) })
  })

  router.post('/register', async (req, res) => {
    const name = trimmedField(req, 'name')
    const password = field(req, 'password')
    const errors = { name: nameError(name), password: passwordError(password, name) }
    if (errors.name || errors.password) return refuseRegistration(req, res, name, errors)

    const user = users.add(name, await hashPassword(password), Date.now())
    if (user === null) return refuseRegistration(req, res, name, { name: 'This name is taken. Choose another' })
    await greet(req, res, user, `Welcome, ${user.name}. Your account is made, and you are logged in.`)
  })

  router.get('/login', async (req, res) => {
    if (await auth.currentUser(req)) return leadTo(lab, req, res, auth.nextUrl(req))
    await sendPage(lab, req, res, { title: 'Log in', main: loginPage({ next: auth.nextUrl(req) }) })
  })

  router.post('/login', async (req, res) => {
    const name = trimmedField(req, 'name')
    const password = field(req, 'password')
    const errors = {
      name: name === '' ? 'Enter your name' : undefined,
      password: password === '' ? 'Enter your password' : undefined,
    }
    const next = auth.nextUrl(req)
    if (errors.name || errors.password) {
      return sendPage(lab, req, res, { title: 'Log in', main: loginPage({ next, name, errors }), status: 422 })
    }

    const remember = field(req, 'remember') === 'on'
    const user = await auth.attempt({ account: name, address: auth.addressOf(req) }, async () => {
      const found = users.findByName(name)
      // Also without a user: how long the answer takes must not tell which names exist.
      return (await verifyPassword(password, found?.passwordHash ?? null)) ? found : null
    })
    if (user === null) {
      const main = loginPage({ next, name, remember, wrong: true })
      return sendPage(lab, req, res, { title: 'Log in', main, status: 401 })
    }
    await greet(req, res, await withStrongHash(user, password), `Welcome back, ${user.name}.`, remember)
  })

  // Only POST: a link, a picture or a prefetch must not log anybody out.
  router.post('/logout', async (req, res) => {
    await auth.logout(req)
    await leadTo(lab, req, res, '/')
  })

  router.get('/profile', loginRequired(auth), async (req, res) => {
    const loggedInAt = sessions.of(req).authenticatedAt
    await sendPage(lab, req, res, { title: 'Profile', main: profilePage(auth.userOf(req), loggedInAt) })
  })

  async function withStrongHash(user: User, password: string): Promise<User> {
    if (!needsRehash(user.passwordHash)) return user
    const passwordHash = await hashPassword(password)
    users.changePasswordHash(user.id, passwordHash)
    return { ...user, passwordHash }
  }

  async function greet(req: Request, res: Response, user: User, notice: string, remember = false): Promise<void> {
    await auth.login(req, user, { remember })
    sessions.of(req).flash('notice', notice)
    await leadTo(lab, req, res, auth.nextUrl(req))
  }

  function refuseRegistration(req: Request, res: Response, name: string, errors: RegistrationErrors): Promise<void> {
    const main = registerPage({ next: auth.nextUrl(req), name, errors })
    return sendPage(lab, req, res, { title: 'Register', main, status: 422 })
  }

  return router
}

interface RegistrationErrors {
  readonly name?: string
  readonly password?: string
}

function nameError(name: string): string | undefined {
  if (name === '') return 'Enter a name'
  if (name.length > LONGEST_NAME) return `Enter a name of at most ${LONGEST_NAME} characters`
  // Control and direction characters would let one name look like another.
  return /[\p{Cc}\p{Cf}]/u.test(name) ? 'Enter a name of letters, digits and signs one can see' : undefined
}
