"""Spanish."""

PHRASES = {
    "lack_value": "sin valor: cuenta como si no valiera nada",
    "lack_cost": "sin coste en la unidad del presupuesto: con un presupuesto no se puede elegir",
    "lack_size": "sin tamaño: no tiene WSJF",
    "lack_benefit": "sin beneficio ni coste en dinero: no tiene rentabilidad",
    "lack_risk": "sin riesgo: falta en valor frente a riesgo",
    "lack_part": "nadie valoró {part}: esa parte cuenta 0",
    "bar_needs_elsewhere": "necesita {about}, un candidato de otro lugar",
    "bar_excludes_active": "excluye {about}, que está activo",
    "bar_demand_past": "pide personas en {about}, que ya pasó: hay que planificarlo de nuevo",
    "budget": "el presupuesto es {allowed}, y harían falta {needed}",
    "capacity": "{other} en {about}: quedan {allowed}, y harían falta {needed}",
    "capacity_twice": (
        "{other} en {about}: harían falta {needed} de {allowed} de personas que también se necesitan para otra habilidad"
    ),
    "needs": "{one} necesita {other}",
    "excludes": "{one} y {other} se excluyen",
    "mandatory": "{one} es obligatorio",
    "required": "se pide {one}",
    "excluded": "{one} debe quedar fuera",
    "cost_unknown": "no se conoce el coste de {one}",
    "barred": "{one} {why}",
    "worthless": "aquí no vale nada",
    "no_candidates": "Aquí no hay ningún candidato: lo es un proyecto con state: candidate.",
    "no_budget": "No hay presupuesto: el coste no limita nada. Dé un presupuesto al nodo o pregunte con --budget.",
    "overcommitted": "Los proyectos activos tienen {committed} de un presupuesto de {budget}: no queda nada para candidatos.",
    "uncommitted": (
        "{count:proyecto activo no tiene|proyectos activos no tienen} presupuesto en {unit}: no se descuenta nada por ellos."
    ),
    "no_skills": "Nadie tiene skills en people:, así que la capacidad no limita nada.",
    "no_value": "Sin valor, y por eso aquí no valen nada: {names}.",
    "no_cost": "Sin coste en {unit}, y por eso nunca elegidos: {names}.",
    "any_unit": "ninguna unidad",
    "unpriced": "No se conoce el coste de {count:n} de los elegidos: no está en la suma.",
    "gap": "Puede haber hasta {gap} más de valor: la búsqueda terminó antes de demostrar que es lo mejor.",
    "skill_missing": "Nadie tiene la habilidad {skill}, que necesitarían {names}.",
    "overloaded": "Los proyectos activos necesitan {hours} de {skill} en {quarter} que nadie tiene.",
    "unestimated": (
        "{count:elemento abierto no dice|elementos abiertos no dicen} horas, y quienes los tienen terminaron demasiado poco "
        "para saberlo: no se reserva nada para ellos, así que hay menos capacidad de la mostrada."
    ),
    "people_at": "Lo que las personas pueden hacer se contó el {at}.",
}
