# Completes ollama-gateway's commands and options in bash.
_ollama_gateway() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  local command=${COMP_WORDS[1]} words
  case $previous in
    --config | --key-file)
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      return
      ;;
    --endpoints)
      mapfile -t COMPREPLY < <(compgen -W 'inference read manage account cloud' -- "$current")
      return
      ;;
    --priority)
      mapfile -t COMPREPLY < <(compgen -W 'interactive normal batch' -- "$current")
      return
      ;;
    --name | --wait | --expires | --models | --max-concurrent-requests | --allow-ips) return ;;
    --tokens-per-* | --rate-limit | --overlap | --against | --url | --servers) return ;;
  esac
  case $command in
    check) words='--config --against --key-file --help' ;;
    key)
      case ${COMP_WORDS[2]} in
        new)
          words='--config --name --admin --expires --models --endpoints --priority
            --max-concurrent-requests --tokens-per-minute --tokens-per-day --tokens-per-month
            --rate-limit --allow-ips --help'
          ;;
        list | show) words='--config --json --help' ;;
        disable | delete) words='--config --force --help' ;;
        rotate) words='--config --overlap --help' ;;
        *) words='--config --help' ;;
      esac
      if ((COMP_CWORD == 2)); then words='new list show disable enable rotate delete --help'; fi
      ;;
    health) words='--config --ready --wait --help' ;;
    status) words='--config --url --key-file --json --help' ;;
    top) words='--config --url --key-file --once --help' ;;
    pull) words='--servers --config --url --key-file --help' ;;
    version) words='--help' ;;
    help) words='' ;;
    *) words='--config --key-file --demo --demo-if-alone --help' ;;
  esac
  if ((COMP_CWORD == 1)); then
    words='serve check key health status top pull version help --config --key-file --demo
      --demo-if-alone --version --help'
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -o filenames -F _ollama_gateway ollama-gateway
