/**
 * Answers: a page in the lab's frame, or the way to another page.
 *
 * In: a request, and the middle of a page. Out: the answer. Both commit the session first. The library would do it by
 * itself before the first byte leaves; done here, a failure becomes an error page that looks like the others.
 */

import type { Request, Response } from 'express'
import { csrfField } from 'sojourn'
import { countOf } from './cart.ts'
import { type Html, render } from './html.ts'
import type { Lab } from './lab.ts'
import { layout } from './pages/layout.ts'
import { DEFAULT_PREFERENCES, type Preferences } from './preferences.ts'

export interface Page {
  readonly title: string
  readonly main: Html
  /** 200 if left out. */
  readonly status?: number
}

export async function sendPage(lab: Lab, req: Request, res: Response, page: Page): Promise<void> {
  const session = lab.sessions.of(req)
  const user = await lab.auth.currentUser(req)
  const frame = layout({
    title: page.title,
    main: page.main,
    path: req.path,
    preferences: preferencesOf(lab, req),
    account: { userName: user?.name ?? null, cartCount: countOf(session.get('cart') ?? []) },
    notices: session.takeFlash('notice').map(String),
  })
  const text = render(frame, () => csrfField(session))
  await session.commit()
  res
    .status(page.status ?? 200)
    .type('html')
    .send(text)
}

/** Leads on after a form, so that reloading the next page does not send the form again. */
export async function leadTo(lab: Lab, req: Request, res: Response, path: string): Promise<void> {
  await lab.sessions.of(req).commit()
  res.redirect(303, path)
}

/** The same frame without anything of the session, for when that is what failed. */
export function sendBarePage(req: Request, res: Response, page: Page): void {
  const frame = layout({
    title: page.title,
    main: page.main,
    path: req.path,
    preferences: DEFAULT_PREFERENCES,
    account: null,
    notices: [],
  })
  res
    .status(page.status ?? 200)
    .type('html')
    .send(render(frame, () => ''))
}

export function preferencesOf(lab: Lab, req: Request): Preferences {
  const session = lab.sessions.of(req)
  return {
    theme: session.get('theme') ?? DEFAULT_PREFERENCES.theme,
    fontSize: session.get('fontSize') ?? DEFAULT_PREFERENCES.fontSize,
  }
}
