"""Spanish."""

CHECKS = {
    "completed_never_started": (
        "terminado sin haberse empezado nunca",
        "pasar el trabajo por un estado en curso cuando empieza",
    ),
    "status_after_done": (
        "reabierto después de cerrarse",
        "crear otro elemento para el trabajo nuevo, o dejarlo abierto hasta que esté hecho",
    ),
    "discarded_changes": (
        "sin empezar, aunque ya estuvo en curso",
        "cerrarlo, o decir en un comentario por qué espera otra vez",
    ),
    "backwards_category": ("volvió de en curso a sin empezar", "empezar solo cuando se pueda seguir"),
    "backwards_status": (
        "fue contra el orden habitual de los estados",
        "acordar qué significa cada estado, o quitar uno",
    ),
    "created_in_wrong_status": (
        "creado ya cerrado",
        "crearlo cuando empieza el trabajo; el pasado importado puede quedar fuera de las fuentes",
    ),
    "stopped_before_started": ("cerrado antes de empezarse", "corregir el orden de sus estados en la herramienta"),
    "started_below_not_started": (
        "sin empezar, aunque algo por debajo ya lo está",
        "mover el elemento superior con su primera parte",
    ),
    "open_below_done": ("hecho con trabajo abierto por debajo", "cerrar lo de abajo, o reabrir el elemento superior"),
    "several_places": ("en dos proyectos o dos iteraciones a la vez", "dejarlo donde se trabaja en él"),
    "blocked_on_closed": ("espera algo que se cerró hace semanas", "quitar el vínculo, o empezar"),
    "due_date_removed": ("fecha límite quitada estando abierto", "volver a darle una fecha, o descartarlo"),
    "value_removed": ("estimación, inicio o valoración quitados estando abierto", "volver a poner el valor"),
    "unreadable": ("no se pudo leer", "`bellwether sync` nombra cada uno con el motivo"),
    "hidden": ("ya no se nos muestra", "dar acceso a la cuenta de Bellwether, o sacarlo de las fuentes"),
    "unestimated": ("abierto sin estimación", "estimarlo, como los demás"),
    "status_contradiction": (
        "en un estado que se contradice",
        "asignar el estado en la configuración, o corregirlo en la herramienta",
    ),
    "date_far_away": ("una fecha a más de cinco años", "corregir el año"),
    "contradictory_dates": ("fechas que se contradicen", "corregir las fechas"),
    "history_missing": ("historial aún sin leer", "ejecutar `bellwether sync` hasta que no falte ninguno"),
    "history_cut_off": ("faltan cambios de estado en su historial", "leerlo de nuevo con `bellwether sync --full`"),
    "in_progress_unassigned": ("en curso sin nadie asignado", "asignarlo"),
    "stale_in_progress": ("en curso, sin tocar desde hace 30 días", "terminarlo, o devolverlo"),
    "risk_unassessed": ("un riesgo sin probabilidad o impacto", "valorarlo"),
}
