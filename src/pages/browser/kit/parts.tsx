// The small parts that pages are made of. style.css has their looks, under the same names.
import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import { words } from './page.js'

type ButtonProps = Omit<JSX.IntrinsicElements['button'], 'class'> & {
  class?: string
  kind?: 'primary' | 'danger' | 'plain' | ''
  /** A call is on its way: the button does nothing until it has ended. */
  busy?: boolean
}

/** A button. While it is busy it stays in the order of the keyboard, and does nothing. */
export function Button({ kind = '', class: more = '', busy = false, children, onClick, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      class={`button ${kind} ${more}`.trim()}
      aria-disabled={busy}
      aria-busy={busy}
      onClick={(event) => {
        if (busy) event.preventDefault()
        else onClick?.call(event.currentTarget, event)
      }}
      {...rest}
    >
      {children}
    </button>
  )
}

interface FieldProps {
  label: ComponentChildren
  /** A sentence below the field. */
  hint?: ComponentChildren
  /** What is wrong with the value. */
  problem?: ComponentChildren
  children: (attributes: { id: string; 'aria-describedby': string | undefined; 'aria-invalid': boolean }) => JSX.Element
}

/** A field with its label, its hint and its problem; `children` makes the input with these attributes. */
export function Field({ label, hint, problem, children }: FieldProps) {
  const id = useId()
  const described = [hint ? `${id}-hint` : '', problem ? `${id}-problem` : ''].filter(Boolean).join(' ')
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({ id, 'aria-describedby': described || undefined, 'aria-invalid': Boolean(problem) })}
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {problem && (
        <p class="problem" id={`${id}-problem`}>
          {problem}
        </p>
      )}
    </div>
  )
}

interface TextFieldProps extends Omit<FieldProps, 'children'> {
  value: string
  onText: (text: string) => void
  name?: string
  type?: 'text' | 'email' | 'password' | 'search'
  autocomplete?: string
  required?: boolean
  spellcheck?: boolean
  minLength?: number
  maxLength?: number
}

/** A field with a text of one line. */
export const TextField = ({ label, hint, problem, value, onText, type = 'text', ...rest }: TextFieldProps) => (
  <Field label={label} hint={hint} problem={problem}>
    {(attributes) => (
      // Preact's types know the attributes of each type of input, and a variable is of none of them.
      <input
        {...attributes}
        {...rest}
        {...({ type } as { type: 'text' })}
        value={value}
        onInput={(event) => onText(event.currentTarget.value)}
      />
    )}
  </Field>
)

interface CheckProps {
  label: ComponentChildren
  checked: boolean
  onChange: (checked: boolean) => void
}

export const Check = ({ label, checked, onChange }: CheckProps) => (
  <label class="check">
    <input type="checkbox" checked={checked} onChange={(event) => onChange(event.currentTarget.checked)} />
    <span>{label}</span>
  </label>
)

/** A sentence that a screen reader says when it appears. `bad`: at once. */
export const Notice = ({
  kind = 'note',
  children
}: {
  kind?: 'note' | 'good' | 'bad'
  children: ComponentChildren
}) => (
  <div class={`notice ${kind}`} role={kind === 'bad' ? 'alert' : 'status'}>
    {children}
  </div>
)

/** Something is on its way. */
export const Waiting = () => (
  <p class="waiting" role="status">
    {words.say('page.wait')}
  </p>
)

/** A heading that takes the focus when it appears, so that a screen reader begins there. */
export function Heading({ children }: { children: ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus({ preventScroll: true }), [])
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children}
    </h1>
  )
}

/** Copies a text, and says so for a moment. */
export function Copy({ text, label = words.say('page.copy') }: { text: string; label?: string }) {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return undefined
    const timer = setTimeout(() => setCopied(false), 2500)
    return () => clearTimeout(timer)
  }, [copied])
  return (
    <Button
      class="small"
      onClick={() => {
        void copyText(text).then(setCopied)
      }}
    >
      {label}
      <span role="status" class="copied">
        {copied ? words.say('page.copied') : ''}
      </span>
    </Button>
  )
}

/** Without HTTPS a browser has no clipboard: then the old command does it. */
async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    const area = document.createElement('textarea')
    area.value = text
    document.body.append(area)
    area.select()
    const done = document.execCommand('copy')
    area.remove()
    return done
  }
}
