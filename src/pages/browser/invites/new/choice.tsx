// A choice of one among a few: radio buttons under a legend.
import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'

export interface Option<T extends string> {
  value: T
  label: ComponentChildren
  /** A sentence below the label. */
  about?: string
}

interface ChoiceProps<T extends string> {
  legend: string
  options: Option<T>[]
  value: T | undefined
  onChoose: (value: T) => void
  class?: string
}

export function Choice<T extends string>({ legend, options, value, onChoose, class: more = '' }: ChoiceProps<T>) {
  const name = useId()
  return (
    <fieldset class={`choice ${more}`}>
      <legend>{legend}</legend>
      <div class="options">
        {options.map((option) => (
          <label class={option.value === value ? 'option chosen-option' : 'option'} key={option.value}>
            <input
              type="radio"
              name={name}
              value={option.value}
              checked={option.value === value}
              onChange={() => onChoose(option.value)}
            />
            <span>
              {option.label}
              {option.about && <span class="hint">{option.about}</span>}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}
