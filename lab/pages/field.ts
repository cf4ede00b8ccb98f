/**
 * Form fields with label, hint and error, tied together for those who hear a page.
 *
 * In: a field's name, value and what is wrong with it. Out: markup. The first field in error takes the focus, which
 * the pages decide.
 */

import { type Html, html } from '../html.ts'

export interface TextField {
  readonly name: string
  readonly label: string
  readonly value?: string
  readonly type?: 'text' | 'password' | 'date'
  readonly hint?: string
  readonly error?: string
  readonly autocomplete?: string
  readonly inputMode?: 'numeric'
  /** The earliest day of a date field. */
  readonly min?: string
  readonly maxLength?: number
  readonly isShort?: boolean
  readonly hasFocus?: boolean
}

export function textField(field: TextField): Html {
  const { name, label, hint, error, type = 'text' } = field
  return html`<div class="field${error && ' field-wrong'}">
  <label for="${name}">${label}</label>
  ${hint && html`<p class="hint" id="${name}-hint">${hint}</p>`}
  ${fieldError(name, error)}
  <input id="${name}" name="${name}" type="${type}" required${field.value ? html` value="${field.value}"` : false}${
    field.isShort && html` class="short"`
  }${field.autocomplete && html` autocomplete="${field.autocomplete}"`}${
    field.inputMode && html` inputmode="${field.inputMode}"`
  }${field.min && html` min="${field.min}"`}${field.maxLength && html` maxlength="${field.maxLength}"`}${describedBy(
    name,
    hint,
    error,
  )}${field.hasFocus && html` autofocus`}>
</div>`
}

export interface Choice {
  readonly id: string
  readonly name: string
  readonly text?: string
}

export interface ChoiceField {
  readonly name: string
  readonly legend: string
  readonly choices: readonly Choice[]
  readonly chosen: string | null
  readonly error?: string
  readonly hasFocus?: boolean
}

/** One of several, as radio buttons. */
export function choiceField({ name, legend, choices, chosen, error, hasFocus }: ChoiceField): Html {
  // Focus goes where the keyboard would go: to the chosen one, or to the first.
  const focused = choices.find(({ id }) => id === chosen) ?? choices[0]
  return html`<fieldset class="field${error && ' field-wrong'}"${describedBy(name, undefined, error)}>
  <legend>${legend}</legend>
  ${fieldError(name, error)}
  <div class="choices">
    ${choices.map(
      (choice) => html`<label class="choice">
      <input type="radio" name="${name}" value="${choice.id}" required${choice.id === chosen && html` checked`}${
        hasFocus && choice === focused && html` autofocus`
      }>
      <span><span class="choice-name">${choice.name}</span>${
        choice.text && html`<span class="choice-text">${choice.text}</span>`
      }</span>
    </label>`,
    )}
  </div>
</fieldset>`
}

/** The name of the first field that is in error, in the order the page shows them. */
export function firstWrong<Name extends string>(
  names: readonly Name[],
  errors: Readonly<Partial<Record<Name, string>>>,
): Name | null {
  return names.find((name) => errors[name] !== undefined) ?? null
}

function fieldError(name: string, error: string | undefined): Html | undefined | '' {
  return error && html`<p class="error" id="${name}-error"><span class="visually-hidden">Error: </span>${error}</p>`
}

function describedBy(name: string, hint: string | undefined, error: string | undefined): Html | false {
  const ids = [error && `${name}-error`, hint && `${name}-hint`].filter(Boolean).join(' ')
  return ids !== '' && html` aria-describedby="${ids}"${error && html` aria-invalid="true"`}`
}
