# Completes ollama-gateway's commands and options in bash.
_ollama_gateway() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  local command=${COMP_WORDS[1]} words
  case $previous in
    --config | --key-file)
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      return
      ;;
    --name | --wait) return ;;
  esac
  case $command in
    check) words='--config --help' ;;
    key)
      words='--config --name --admin --help'
      if ((COMP_CWORD == 2)); then words='new --help'; fi
      ;;
    health) words='--config --ready --wait --help' ;;
    version) words='--help' ;;
    help) words='' ;;
    *) words='--config --key-file --demo --demo-if-alone --help' ;;
  esac
  if ((COMP_CWORD == 1)); then
    words='serve check key health version help --config --key-file --demo --demo-if-alone
      --version --help'
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -o filenames -F _ollama_gateway ollama-gateway
