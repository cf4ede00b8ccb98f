/**
 * The three-step form: who, where, confirm.
 *
 * In: one step at a time. Out: the next step, or the first that is still open. What was typed is kept before it is
 * judged, so an error, a step back or a closed tab loses nothing.
 */

import { randomBytes } from 'node:crypto'
import { type Request, type Response, Router } from 'express'
import { field, trimmedField } from '../fields.ts'
import type { Lab } from '../lab.ts'
import { tripDonePage, tripPage } from '../pages/trip.ts'
import { leadTo, sendPage } from '../send.ts'
import { destinationName, errorsOf, firstOpenStep, referenceFrom, type Step, type TripDraft } from '../trip.ts'

const NOTHING: TripDraft = {}

export function tripRoutes(lab: Lab): Router {
  const { sessions } = lab
  const router = Router()

  router.get('/form', async (req, res) => {
    await leadTo(lab, req, res, `/form/${firstOpenStep(draftOf(req), dayNotOver())}`)
  })

  router.get('/form/done', async (req, res) => {
    const booked = sessions.of(req).get('booked')
    if (booked === undefined) return leadTo(lab, req, res, '/form')
    await sendPage(lab, req, res, { title: 'Your trip is booked', main: tripDonePage(booked) })
  })

  router.get('/form/:step', async (req, res, next) => {
    const step = toStep(req.params.step)
    if (step === null) return next()
    const draft = draftOf(req)
    const open = firstOpenStep(draft, dayNotOver())
    if (step > open) {
      sessions.of(req).flash('notice', `Step ${open} comes first.`)
      return leadTo(lab, req, res, `/form/${open}`)
    }
    await sendPage(lab, req, res, { title: titleOf(step), main: tripPage(step, draft, dayNotOver()) })
  })

  router.post('/form/1', async (req, res) => {
    const typed = { traveller: trimmedField(req, 'traveller'), people: trimmedField(req, 'people') }
    await keepAndGoOn(req, res, 1, typed)
  })

  router.post('/form/2', async (req, res) => {
    const typed = { destination: field(req, 'destination'), departure: trimmedField(req, 'departure') }
    await keepAndGoOn(req, res, 2, typed)
  })

  router.post('/form/3', async (req, res) => {
    const session = sessions.of(req)
    const draft = draftOf(req)
    // A second click on "Book" comes here with nothing left to book, and should see what the first one did.
    if (!session.has('trip') && session.has('booked')) return leadTo(lab, req, res, '/form/done')
    const open = firstOpenStep(draft, dayNotOver())
    if (open < 3) return leadTo(lab, req, res, `/form/${open}`)

    const { traveller = '', people = '', destination = '', departure = '' } = draft
    session.set('booked', { traveller, people, destination, departure, reference: referenceFrom(randomBytes(7)) })
    session.delete('trip')
    session.flash('notice', `${destinationName(destination)} is waiting for you.`)
    await leadTo(lab, req, res, '/form/done')
  })

  async function keepAndGoOn(req: Request, res: Response, step: 1 | 2, typed: TripDraft): Promise<void> {
    sessions.of(req).update('trip', (draft = NOTHING) => ({ ...draft, ...typed }))
    const draft = draftOf(req)
    const today = dayNotOver()
    // "Back" is not the moment to complain about what is unfinished.
    if (field(req, 'go') === 'back') return leadTo(lab, req, res, `/form/${Math.max(1, step - 1)}`)
    const errors = errorsOf(step, draft, today)
    if (Object.keys(errors).length > 0) {
      const main = tripPage(step, draft, today, errors)
      return sendPage(lab, req, res, { title: titleOf(step), main, status: 422 })
    }
    await leadTo(lab, req, res, `/form/${Math.min(step + 1, firstOpenStep(draft, today))}`)
  }

  function draftOf(req: Request): TripDraft {
    return sessions.of(req).get('trip') ?? NOTHING
  }

  return router
}

function toStep(text: string): Step | null {
  return text === '1' ? 1 : text === '2' ? 2 : text === '3' ? 3 : null
}

function titleOf(step: Step): string {
  return `Trip, step ${step} of 3`
}

/** The earliest day that is still today somewhere: 12 hours behind UTC the date changes last. */
function dayNotOver(): string {
  return new Date(Date.now() - 12 * 3_600_000).toISOString().slice(0, 10)
}
