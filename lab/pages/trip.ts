/**
 * The three steps of a trip, and the page after them.
 */

import { formToken, type Html, html } from '../html.ts'
import {
  type BookedTrip,
  DESTINATIONS,
  destinationName,
  firstOpenStep,
  MOST_PEOPLE,
  type Step,
  type TripDraft,
  type TripErrors,
} from '../trip.ts'
import { choiceField, firstWrong, textField } from './field.ts'
import { dayText } from './time.ts'

const STEPS: readonly { readonly step: Step; readonly name: string; readonly title: string }[] = [
  { step: 1, name: 'Who', title: 'Who travels?' },
  { step: 2, name: 'Where', title: 'Where to, and when?' },
  { step: 3, name: 'Confirm', title: 'Is this your trip?' },
]

export function tripPage(step: Step, draft: TripDraft, today: string, errors: TripErrors = {}): Html {
  return html`<div class="sheet">
${progress(step, firstOpenStep(draft, today))}
<h1>${STEPS[step - 1]?.title}</h1>
${step === 1 ? whoForm(draft, errors) : step === 2 ? whereForm(draft, errors, today) : confirmForm(draft)}
</div>
<aside class="aside" aria-label="How it works">
  <p><strong>A form with a memory.</strong> What you type is kept in your session at every step. Close the tab, come back, and you are where you were.</p>
</aside>`
}

export function tripDonePage(trip: BookedTrip): Html {
  return html`<div class="sheet">
<h1>Your trip is booked</h1>
<p class="lead">Your reference is <strong class="reference">${trip.reference}</strong></p>
${summary(trip, false)}
<p><a href="/form/1">Book another trip</a></p>
</div>`
}

function whoForm(draft: TripDraft, errors: TripErrors): Html {
  const wrong = firstWrong(['traveller', 'people'], errors)
  return html`<form method="post" action="/form/1" novalidate>${formToken}
  ${textField({
    name: 'traveller',
    label: 'Name of the traveller',
    value: draft.traveller,
    error: errors.traveller,
    autocomplete: 'name',
    hasFocus: wrong === 'traveller',
  })}
  ${textField({
    name: 'people',
    label: 'How many people',
    hint: `From 1 to ${MOST_PEOPLE}`,
    value: draft.people,
    error: errors.people,
    inputMode: 'numeric',
    isShort: true,
    hasFocus: wrong === 'people',
  })}
  <div class="actions"><button>Next: where</button></div>
</form>`
}

function whereForm(draft: TripDraft, errors: TripErrors, today: string): Html {
  const wrong = firstWrong(['destination', 'departure'], errors)
  // "Next" stands first: Enter in a field presses the first button.
  return html`<form method="post" action="/form/2" novalidate>${formToken}
  ${choiceField({
    name: 'destination',
    legend: 'Destination',
    choices: DESTINATIONS,
    chosen: draft.destination ?? null,
    error: errors.destination,
    hasFocus: wrong === 'destination',
  })}
  ${textField({
    name: 'departure',
    label: 'Day of departure',
    type: 'date',
    min: today,
    value: draft.departure,
    error: errors.departure,
    isShort: true,
    hasFocus: wrong === 'departure',
  })}
  <div class="actions">
    <button name="go" value="on">Next: confirm</button>
    <button class="secondary" name="go" value="back">Back</button>
  </div>
</form>`
}

function confirmForm(draft: TripDraft): Html {
  return html`${summary(draft, true)}
<form method="post" action="/form/3">${formToken}
  <div class="actions">
    <button>Book this trip</button>
    <a class="button secondary" href="/form/2">Back</a>
  </div>
</form>`
}

function summary(
  { traveller = '', people = '', destination = '', departure = '' }: TripDraft,
  canChange: boolean,
): Html {
  const row = (name: string, value: string, step: Step) =>
    html`<div><dt>${name}</dt><dd>${value}${
      canChange &&
      html` <a class="change" href="/form/${step}">Change<span class="visually-hidden"> ${name.toLowerCase()}</span></a>`
    }</dd></div>`
  return html`<dl class="facts">
  ${row('Traveller', traveller, 1)}
  ${row('People', people, 1)}
  ${row('Destination', destinationName(destination), 2)}
  ${row('Departure', dayText(departure), 2)}
</dl>`
}

function progress(current: Step, open: Step): Html {
  return html`<ol class="progress" aria-label="Steps">
  ${STEPS.map(({ step, name }) => {
    if (step === current) return html`<li class="progress-current" aria-current="step">${name}</li>`
    if (step <= open) return html`<li><a href="/form/${step}">${name}</a></li>`
    return html`<li>${name}</li>`
  })}
</ol>`
}
